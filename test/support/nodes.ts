import alarm from '../../nodes/bms-alarm';
import cells from '../../nodes/bms-cells';
import connection from '../../nodes/bms-connection';
import control from '../../nodes/bms-control';
import device from '../../nodes/bms-device';
import read from '../../nodes/bms-read';

/** The nodes of the collection, as a Node-RED would load them. */
export const NODES = [connection, device, read, cells, alarm, control];

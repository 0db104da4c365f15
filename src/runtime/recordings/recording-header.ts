import type { NodeAPI } from 'node-red';
import { packageInfo } from '../../package-info';
import { RECORDING_FORMAT, type RecordingHeader } from '../../link/recording';
import { maskedName, maskedValue } from '../../session/recording/masked-text';
import type { BmsConnectionNode } from '../bms-nodes';
import { textProperty, type Config } from '../settings/properties';

/** What Node-RED adds to the properties of every node. */
const NOT_SETTINGS: ReadonlySet<string> = new Set(['id', 'type', 'z', 'g', 'd', 'x', 'y', 'wires', 'credentials']);

/** What must not stand in a report or a recording of a connection: passwords, addresses of devices, serial numbers. */
export function secretsOf(connection: BmsConnectionNode): string[] {
  const { bus } = connection;
  const devices = [...connection.devices].flatMap(({ credentials, battery }) => {
    // Without a password Node-RED gives no credentials at all, whatever their type says.
    const password = (credentials as { password?: string } | undefined)?.password;
    return [password, battery?.last?.reading.serialNumber];
  });
  const peer = bus?.isRadio === true ? bus.peer : undefined;
  return [...devices, peer].filter((secret): secret is string => secret !== undefined && secret !== '');
}

/**
 * The first line of a report or a recording.
 * @param name in a few words
 * @param times `started`: the wall time from which the times of the lines count; further ones as they are
 */
export function headerOf(
  RED: Pick<NodeAPI, 'version'>,
  connection: BmsConnectionNode,
  name: string,
  times: Readonly<Record<string, unknown>>,
): RecordingHeader {
  const { bus, config } = connection;
  const secrets = secretsOf(connection);
  const devices = [...connection.devices];
  const spoken = new Set(devices.flatMap(({ battery }) => battery?.protocol?.id ?? []));
  const { name: packageName, version } = packageInfo();
  const settingsOf = (properties: Config): unknown =>
    maskedValue(
      Object.fromEntries(Object.entries(properties).filter(([key]) => !NOT_SETTINGS.has(key) && !key.startsWith('_'))),
      secrets,
    );
  return {
    ...{ format: RECORDING_FORMAT, name: maskedName(name), source: `${packageName} ${version}` },
    ...(spoken.size === 1 && { protocol: [...spoken][0] }),
    transport: bus?.isRadio === true ? 'ble' : textProperty(config, 'transport') || 'serial',
    ...{ verified: false, masked: true, ...times },
    versions: {
      ...{ package: version, node: process.version, nodeRed: RED.version() },
      platform: `${process.platform} ${process.arch}`,
    },
    settings: {
      connection: settingsOf(config),
      devices: devices.map(({ config: properties, battery }) => ({
        ...(settingsOf(properties) as object),
        inUse: { protocol: battery?.protocol?.id, address: maskedValue(battery?.address, secrets) },
      })),
    },
    state: bus?.state.phase,
    counters: { ...bus?.counters, connections: bus?.connections },
  };
}

import { BmsError } from '../battery/errors';
import { say } from '../battery/sentence';

/** Why a connection to a bridge does not open. @param name of the bridge, with its port */
export function tcpOpenError(name: string, error: NodeJS.ErrnoException): BmsError {
  switch (error.code) {
    case 'ECONNREFUSED':
      return new BmsError(
        'port_not_found',
        say`Nothing listens at ${name}; check that the bridge is on, its address and its port number.`,
        error,
        'nothing_listens',
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new BmsError(
        'not_found',
        say`${name} is not known to this network (${error.code}); check the name, or write the IP address of the bridge.`,
        error,
      );
    case 'EHOSTUNREACH':
    case 'EHOSTDOWN':
    case 'ENETUNREACH':
      return new BmsError(
        'not_found',
        say`${name} cannot be reached (${error.code}); check that the bridge is on, its address and the network.`,
        error,
      );
    case 'EACCES':
    case 'EPERM':
      return new BmsError('permission', say`This system does not allow a connection to ${name}.`, error);
    case 'ETIMEDOUT':
      return new BmsError(
        'timeout',
        say`${name} does not accept a connection; check the bridge and the network.`,
        error,
      );
    default:
      return new BmsError('not_found', say`${name} cannot be reached (${error.code ?? error.message}).`, error);
  }
}

import { BmsError } from '../battery/errors';
import { say } from '../battery/sentence';

/** Telnet's commands WILL, WON'T, DO and DON'T with an option that servers begin with: binary, echo, ... com port. */
const TELNET_GREETING = /^(?:ff[\da-f]{2}(?:00|01|03|05|06|18|1f|20|21|22|23|24|27|2c))+/;
const TELNET_COMMANDS = /^ff(?:fb|fc|fd|fe)/;

/** A bridge that takes a request for one of its own protocol closes the connection at once. */
const AT_ONCE_MS = 1000;
const TIMES = 3;

/**
 * Tells from what a bridge does that it is not in raw mode. It lives as long as its link; `opened` begins with each
 * connection.
 */
export class BridgeMode {
  /** connections in a row that were closed at a request, without a byte */
  private closings = 0;
  private hasReceived = false;
  private wroteAt = -Infinity;

  constructor(private readonly name: string) {}

  opened(): void {
    this.hasReceived = false;
    this.wroteAt = -Infinity;
  }

  /** @param now ms, on a clock that never goes back */
  wrote(now: number): void {
    this.wroteAt = now;
  }

  /** @returns what is wrong with the first bytes of a connection; undefined when nothing is */
  received(bytes: Buffer): BmsError | undefined {
    this.closings = 0;
    if (this.hasReceived || bytes.length === 0) return undefined;
    this.hasReceived = true;
    return isTelnet(bytes) ? this.telnetError() : undefined;
  }

  /** Why the other end has closed the connection. @param cause what the system says */
  closed(now: number, cause: Error | undefined): BmsError {
    const atRequest = !this.hasReceived && now - this.wroteAt < AT_ONCE_MS;
    this.closings = atRequest ? this.closings + 1 : 0;
    if (this.closings < TIMES) {
      return closedError(this.name, cause);
    }
    const text = say`${this.name} closes the connection at each request: it is not in raw (transparent) mode, but perhaps in Modbus TCP mode. Set the bridge to raw mode, often called TCP server or transparent.`;
    return new BmsError('disconnected', text, cause, 'bridge_mode');
  }

  private telnetError(): BmsError {
    const text = say`${this.name} speaks Telnet. Set the bridge to raw (transparent) mode, or choose RFC 2217 in the connection, if the bridge offers it.`;
    return new BmsError('disconnected', text, undefined, 'bridge_mode');
  }
}

/** Why a connection ends that the other end has closed, as far as one closing tells. */
export function closedError(name: string, cause: Error | undefined): BmsError {
  return new BmsError('disconnected', say`${name} closed the connection; check the bridge.`, cause);
}

function isTelnet(bytes: Buffer): boolean {
  const hex = bytes.toString('hex', 0, 48);
  const commands = TELNET_GREETING.exec(hex)?.[0] ?? '';
  return commands.length > 0 && (commands.match(/.{6}/g) ?? []).every((command) => TELNET_COMMANDS.test(command));
}

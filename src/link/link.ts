/** What a channel tells its owner. Neither is called before `open` resolved, nor after `closed` or `close()`. */
export interface ChannelEvents {
  /** bytes as they came, in pieces of any size */
  data(bytes: Buffer): void;
  /**
   * The channel is gone.
   * @param cause why, as far as known
   * @param isOrderly whether the other end has ended it, as bridges do with a connection on which nothing is asked
   */
  closed(cause: Error, isOrderly?: boolean): void;
}

/** An open, single-use connection. A new one is made for every reconnect, so nothing half-dead survives. */
export interface Channel {
  /** Resolves when the bytes were handed to the line. Rejects with `disconnected`. */
  write(bytes: Buffer): Promise<void>;
  /** Releases the line. May be called any number of times; never rejects. */
  close(): Promise<void>;
  /** address of the other end, where it has one */
  readonly peer?: string;
  /** Bluetooth only: the manufacturer data that the other end advertises, company id first */
  readonly manufacturerData?: Buffer | undefined;
  /** Bluetooth only: the name that it advertises, '' when it has none */
  readonly advertisedName?: string;
  /** Bluetooth only: the services that it advertises, UUIDs in lower case, short where there is one */
  readonly services?: readonly string[];
  /** Bluetooth only: where the bytes of the board come out and go in on this connection */
  readonly route?: Route | undefined;
}

/** Service and characteristics through which bytes go over Bluetooth. UUIDs in lower case, short where there is one. */
export interface Route {
  readonly service: string;
  readonly notify: string;
  readonly write: string;
}

export interface OpenOptions {
  /** serial lines only */
  baudRate: number;
  /** Bluetooth only: where the bytes of a board may come out and go in, in the order in which to look */
  routes?: readonly Route[] | undefined;
  /** ends the attempt: `open` rejects at once with `closed`, and what was taken for it is given back */
  signal?: AbortSignal | undefined;
}

/** How a radio link stands. */
export interface RadioFigures {
  /** strength of the signal when it was heard last, dBm */
  rssi?: number;
  /** connections made, and lost, since the start */
  connects: number;
  drops: number;
  /** since the device has said something */
  secondsSinceData?: number;
}

/** One physical line, which can be opened any number of times, once at a time. */
export interface Link {
  /** for messages: `/dev/ttyUSB0` or `192.168.1.5:8899` */
  readonly name: string;
  /** whether it is a radio link, which only some protocols travel over, at their own pace */
  readonly isRadio?: boolean;
  /** whether a network lies between, which takes its time, and a bridge, which has settings of its own */
  readonly isNetwork?: boolean;
  /** whether the rate of the board's line is set elsewhere, as at a bridge, so that `baudRate` means nothing here */
  readonly hasOwnRate?: boolean;
  readonly figures?: RadioFigures;
  /**
   * Resolves with a fresh channel, or rejects in bounded time, with nothing left behind.
   * @throws BmsError `port_not_found`, `port_busy`, `permission`, `not_found`, `disconnected`, or `closed` when
   *   `options.signal` has ended the attempt; a channel that is open already does not heed the signal
   */
  open(events: ChannelEvents, options: OpenOptions): Promise<Channel>;
}

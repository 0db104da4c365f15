/** What a channel tells its owner. Neither is called before `open` resolved, nor after `closed` or `close()`. */
export interface ChannelEvents {
  /** bytes as they came, in pieces of any size */
  data(bytes: Buffer): void;
  /** the channel is gone; @param cause why, as far as known */
  closed(cause: Error): void;
}

/** An open, single-use connection. A new one is made for every reconnect, so nothing half-dead survives. */
export interface Channel {
  /** Resolves when the bytes were handed to the line. Rejects with `disconnected`. */
  write(bytes: Buffer): Promise<void>;
  /** Releases the line. May be called any number of times; never rejects. */
  close(): Promise<void>;
}

export interface OpenOptions {
  /** serial lines only */
  baudRate: number;
}

/** One physical line, which can be opened any number of times, once at a time. */
export interface Link {
  /** for messages: `/dev/ttyUSB0` or `192.168.1.5:8899` */
  readonly name: string;
  /**
   * Resolves with a fresh channel, or rejects in bounded time, with nothing left behind.
   * @throws BmsError `port_not_found`, `port_busy`, `permission`, `not_found` or `disconnected`
   */
  open(events: ChannelEvents, options: OpenOptions): Promise<Channel>;
}

import { createRequire } from 'node:module';

/**
 * What is used of `@jellybrick/dbus-next`, an implementation of D-Bus that is not ours: services of the tests speak
 * through it, so that our own has to understand another's. Its own types do not compile.
 */

export interface Variant {
  readonly signature: string;
  readonly value: unknown;
}

export interface Message {
  readonly path: string;
  readonly member: string;
  readonly sender: string;
  readonly body: unknown[];
}

export interface MessageBus {
  on(event: string, listener: (...parameters: never[]) => void): void;
  addMethodHandler(handler: (message: Message) => boolean): void;
  requestName(name: string, flags: number): Promise<unknown>;
  releaseName(name: string): Promise<unknown>;
  call(message: Message): Promise<Message | null>;
  send(message: Message): void;
  disconnect(): void;
}

export interface DbusLibrary {
  sessionBus(options: { busAddress: string }): MessageBus;
  Variant: new (signature: string, value: unknown) => Variant;
  Message: {
    new (fields: object): Message;
    newSignal(path: string, type: string, name: string, signature: string, body: unknown[]): Message;
    newMethodReturn(message: Message, signature: string, body: unknown[]): Message;
    newError(message: Message, name: string, text: string): Message;
  };
}

export const dbusLibrary = createRequire(__filename)('@jellybrick/dbus-next') as DbusLibrary;

import type * as protocol from './protocol';

/** Decoder state under names of its own, all of it numbers. */
export type Memory = Readonly<Record<string, number | undefined>>;

export type Target = protocol.Target<Memory>;
export type Decoded = protocol.Decoded<Memory>;
export type Query = protocol.Query<Memory>;
export type ScriptInput = protocol.ScriptInput<Memory>;
export type Confirmation = protocol.Confirmation<Memory>;
export type Action = protocol.Action<Memory>;
export type Overheard = protocol.Overheard<Memory>;
export type Protocol = protocol.Protocol<Memory>;
export type BleProfile = protocol.BleProfile<Memory>;
export type {
  AddressRange,
  AdvertisementPattern,
  EmulatedBoard,
  EmulatedResponse,
  GattRoute,
  Group,
  LoginInput,
  MatchResult,
  Profile,
  Script,
  Step,
} from './protocol';

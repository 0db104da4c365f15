/** Commands of the host controller interface that the controller knows (Core Specification, Vol 4 Part E 7). */
export const COMMAND = {
  disconnect: 0x0406,
  readRemoteVersion: 0x041d,
  setEventMask: 0x0c01,
  reset: 0x0c03,
  readLeHostSupport: 0x0c6c,
  writeLeHostSupport: 0x0c6d,
  readLocalVersion: 0x1001,
  readSupportedCommands: 0x1002,
  readBufferSize: 0x1005,
  readAddress: 0x1009,
  readRssi: 0x1405,
  leSetEventMask: 0x2001,
  leReadBufferSize: 0x2002,
  leReadFeatures: 0x2003,
  leSetScanParameters: 0x200b,
  leSetScanEnable: 0x200c,
  leCreateConnection: 0x200d,
  leCancelConnection: 0x200e,
  leUpdateConnection: 0x2013,
  leReadRemoteFeatures: 0x2016,
  leSetDataLength: 0x2022,
  leReadMaxDataLength: 0x202f,
} as const;

/** Event codes (7.7). */
export const EVENT = {
  disconnectionComplete: 0x05,
  remoteVersionComplete: 0x0c,
  commandComplete: 0x0e,
  commandStatus: 0x0f,
  hardwareError: 0x10,
  completedPackets: 0x13,
  leMeta: 0x3e,
} as const;

/** Subevents of the LE meta event (7.7.65). Bit n - 1 of the LE event mask lets subevent n through. */
export const LE_EVENT = {
  connectionComplete: 0x01,
  advertisingReport: 0x02,
  updateComplete: 0x03,
  remoteFeaturesComplete: 0x04,
  dataLengthChange: 0x07,
} as const;

/** The subevents 1 to 5, until the host sets a mask (7.8.1). */
export const LE_EVENT_MASK_AT_START = 0x1fn;

/** Error codes: the outcome of a command, or why a connection ended (Vol 1 Part F 2). */
export const STATUS = {
  success: 0x00,
  unknownCommand: 0x01,
  unknownConnection: 0x02,
  connectionTimeout: 0x08,
  connectionLimit: 0x09,
  disallowed: 0x0c,
  limitedResources: 0x0d,
  remoteUserEnded: 0x13,
  remotePowerOff: 0x15,
  localHostEnded: 0x16,
  micFailure: 0x3d,
  failedToEstablish: 0x3e,
} as const;

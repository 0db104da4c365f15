/** How long the steps of a Bluetooth connection may take, ms. */
export interface BleLimits {
  /** from loading the library until the adapter is on */
  powerOnMs: number;
  /** to begin or end a scan */
  scanSwitchMs: number;
  /** to hear a device, while somebody listens */
  sightMs: number;
  connectMs: number;
  /** the same while others wait for the radio */
  briefConnectMs: number;
  discoverMs: number;
  subscribeMs: number;
  writeMs: number;
  disconnectMs: number;
  /** how often the strength of the signal is asked for */
  rssiEveryMs: number;
  /** A controller that told anything within this time is not dead. */
  lifeMs: number;
  /** A device that was heard within this time is still there. */
  freshMs: number;
  /** what is heard of a device is kept for so long */
  keptMs: number;
}

export const BLE_LIMITS: BleLimits = {
  powerOnMs: 8000,
  scanSwitchMs: 3000,
  sightMs: 20_000,
  connectMs: 10_000,
  briefConnectMs: 4000,
  discoverMs: 10_000,
  subscribeMs: 5000,
  writeMs: 5000,
  disconnectMs: 1000,
  rssiEveryMs: 30_000,
  lifeMs: 15_000,
  freshMs: 5000,
  keptMs: 60_000,
};

/** Polls that are looked back on, and in how many of them frames of others must have been heard. */
const LOOK_BACK = 10;
const MANY = LOOK_BACK / 2;

/** What becomes of the polls of a device: those that had no time, and those in which frames of others were heard. */
export class PollWatch {
  /** polls that were left out because the one before took longer than the interval; only ever rises */
  skipped = 0;
  /** of the last polls, which have heard frames of others */
  private readonly heard: boolean[] = [];
  private isReported = false;

  /** Whether frames of others were heard in many of the last polls. */
  get isDisturbed(): boolean {
    return this.heard.length === LOOK_BACK && this.heard.filter((each) => each).length >= MANY;
  }

  /**
   * To be called after a poll.
   * @param passed points of the poll grid that passed while it ran
   * @param foreignFrames frames that came meanwhile and answered something else
   * @returns whether it is time to report that others use the line: once
   */
  polled(passed: number, foreignFrames: number): boolean {
    this.skipped += passed;
    this.heard.push(foreignFrames > 0);
    if (this.heard.length > LOOK_BACK) this.heard.shift();
    if (!this.isDisturbed || this.isReported) return false;
    this.isReported = true;
    return true;
  }
}

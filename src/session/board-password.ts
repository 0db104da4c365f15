import { BmsError } from '../battery/errors';
import { say } from '../battery/sentence';
import { LevelTooLow } from '../codec/kit/refusal';

/** The password of a board. A wrong one is tried once until the device is deployed anew: some boards lock themselves. */
export class BoardPassword {
  private isDenied = false;

  /**
   * @param text '' when the user has set none
   * @param device for messages
   */
  constructor(
    private readonly text: string,
    private readonly device: string,
  ) {}

  /** To be called when the device is deployed anew. */
  start(): void {
    this.isDenied = false;
  }

  /** What to send; '' when there is none, or the board has denied it. */
  get usable(): string {
    return this.isDenied ? '' : this.text;
  }

  /** Whether the user has set one. */
  get isSet(): boolean {
    return this.text !== '';
  }

  /** The board has denied something although it could have the password. @returns the error for the user */
  denied(error: BmsError): BmsError {
    if (this.isDenied) {
      const message = say`${this.device} rejected its password before; correct it in the device and deploy.`;
      return new BmsError('denied', message, error);
    }
    this.isDenied = !(error instanceof LevelTooLow);
    return error;
  }
}

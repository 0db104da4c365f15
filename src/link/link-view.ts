import type { Link, RadioFigures } from './link';

/** What a link is, for what is built upon it. */
export abstract class LinkView {
  constructor(protected readonly link: Link) {}

  /** what users call the line */
  get name(): string {
    return this.link.name;
  }

  /** whether it is a radio link, which only some protocols travel over, at their own pace */
  get isRadio(): boolean {
    return this.link.isRadio === true;
  }

  /** whether a network lies between, with a bridge that has settings of its own */
  get isNetwork(): boolean {
    return this.link.isNetwork === true;
  }

  /** whether the rate of the line is set elsewhere, as at a bridge */
  get hasOwnRate(): boolean {
    return this.link.hasOwnRate === true;
  }

  /** how the link stands, where it is a radio link */
  get radio(): RadioFigures | undefined {
    return this.link.figures;
  }
}

import type { SettingsBench, Treatment } from './settings-bench';

/** What goes wrong at one request, and from then on. */
export type SettingsFault = (bench: SettingsBench, at: number) => void;

function atRequest(bench: SettingsBench, at: number, then: () => ReturnType<Treatment>): void {
  bench.treatment = (_request, count) => (count === at ? then() : 'serve');
}

/** What may cut the writing of settings. */
export const FAULTS: Readonly<Record<string, SettingsFault>> = {
  nothing: () => undefined,
  'a refusal': (bench, at) => {
    bench.treatment = (request, count) =>
      count >= at && count < at + 5 && bench.board.writes(request) ? bench.board.refusal(request) : 'serve';
  },
  'an answer that is lost': (bench, at) => atRequest(bench, at, () => 'lose the answer'),
  'a request that is lost': (bench, at) => atRequest(bench, at, () => 'lose both'),
  'a write that is acknowledged and not done': (bench, at) => {
    let isDone = false;
    bench.treatment = (request, count) => {
      if (isDone || count < at || !bench.board.writes(request)) return 'serve';
      isDone = true;
      return 'lie';
    };
  },
  'silence for some seconds': (bench, at) => {
    let until = 0;
    bench.treatment = (_request, count) => {
      if (count === at) until = bench.clock.monotonic() + 4000;
      return bench.clock.monotonic() < until ? 'lose both' : 'serve';
    };
  },
  'an answer that is lost, and silence': (bench, at) => {
    bench.treatment = (_request, count) =>
      count === at ? 'lose the answer' : count > at && count < at + 40 ? 'lose both' : 'serve';
  },
  'silence for ever': (bench, at) => {
    bench.treatment = (_request, count) => (count >= at ? 'lose both' : 'serve');
  },
  'a line that is lost, and back': (bench, at) =>
    atRequest(bench, at, () => {
      bench.link.drop();
      return 'lose the answer';
    }),
  'a line that is lost before the request, and back': (bench, at) =>
    atRequest(bench, at, () => {
      bench.link.drop();
      return 'lose both';
    }),
  'a deploy of everything': (bench, at) =>
    atRequest(bench, at, () => {
      bench.device.stop();
      void bench.bus.close();
      return 'serve';
    }),
  'a deploy of the device': (bench, at) =>
    atRequest(bench, at, () => {
      bench.device.stop();
      bench.device.start();
      return 'serve';
    }),
  'a password that does not open it any more': (bench, at) =>
    atRequest(bench, at, () => {
      bench.board.lock();
      return 'serve';
    }),
};

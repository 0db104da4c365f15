import { Option, type Command } from 'commander';
import { createServer, type Server, type Socket } from 'node:net';
import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { protocolById } from '../../codec';
import { endpointName } from '../../link/endpoint';
import type { Channel } from '../../link/link';
import { listProtocols } from '../../library/protocols';
import type { SimulatorTransport } from '../../library/transport';
import { SimulatorLink } from '../../simulator/link';
import { unlessInterrupted, type Context } from '../context';
import { addSimulatorOptions, wholeNumber } from '../pack-options';

interface SimulateFlags extends Omit<SimulatorTransport, 'transport'> {
  tcp: number;
  host: string;
  protocol: string;
}

/** `bms simulate`: a pack that exists on this computer only, behind a port of the network, for other software. */
export function addSimulate(program: Command, context: Context): void {
  addSimulatorOptions(program.command('simulate'))
    .description('serve a simulated pack at a TCP port, as a serial bridge would')
    .requiredOption('--tcp <port>', 'port to listen at', wholeNumber)
    .option('--host <address>', 'address to listen at', '127.0.0.1')
    .addOption(
      new Option('-p, --protocol <id>', 'what it speaks')
        .choices(listProtocols().map(({ id }) => id))
        .makeOptionMandatory(),
    )
    .action(async (flags: SimulateFlags) => {
      const server = serve(context, linkOf(context, flags));
      try {
        const port = await unlessInterrupted(context, listen(server, flags));
        context.terminal.note(
          `A simulated ${flags.protocol} pack answers at ${endpointName(flags.host, port)}; Ctrl-C ends it.`,
        );
        await unlessInterrupted(context, new Promise(() => undefined));
      } finally {
        await new Promise<void>((resolve) => server.close(() => resolve()));
      }
    });
}

function linkOf({ clock }: Context, flags: SimulateFlags): SimulatorLink {
  const protocol = protocolById(flags.protocol);
  const { cells = 16, chemistry = 'lfp', scenario = 'day', speed = 1 } = flags;
  return new SimulatorLink({
    cells,
    chemistry,
    scenario,
    speed,
    clock,
    protocols: protocol === undefined ? [] : [protocol],
  });
}

/** @returns the port, which the system chooses for 0 */
function listen(server: Server, { tcp, host }: SimulateFlags): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', ({ message }: Error) => {
      reject(new BmsError('port_busy', say`${endpointName(host, tcp)} cannot be listened at: ${message}.`));
    });
    server.listen(tcp, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : tcp);
    });
  });
}

/** One client at a time, as with most bridges: the bytes of two would mix. */
function serve({ terminal, signal }: Context, link: SimulatorLink): Server {
  let client: Socket | undefined;
  const server = createServer({ noDelay: true }, (socket) => {
    if (client !== undefined) {
      terminal.note('A second client was refused.');
      socket.destroy();
      return;
    }
    client = socket;
    terminal.note('A client has connected.');
    void connect(link, socket).then(() => {
      client = undefined;
      terminal.note('The client has gone.');
    });
  });
  signal.addEventListener('abort', () => client?.destroy());
  return server;
}

/** Carries bytes both ways. @returns when the client has gone */
async function connect(link: SimulatorLink, socket: Socket): Promise<void> {
  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  // What keeps a socket from being used closes it, which is heard.
  socket.on('error', () => undefined);
  const channel: Channel = await link.open({
    data: (bytes) => void socket.write(bytes),
    closed: () => socket.destroy(),
  });
  socket.on('data', (bytes) => {
    channel.write(bytes).catch(() => socket.destroy());
  });
  await gone;
  await channel.close();
}

/**
 * The model server behind every subject of the bench, as a process of its own: answers at once, from templates, over bare
 * sockets. It says its port on standard output and lives as long as its standard input.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { MessageReader } from './message-reader.ts';
import {
  type Format,
  nowUs,
  plannedStream,
  promptTokensOf,
  streamHead,
  streamParts,
  wholeAnswer,
} from './wire-format.ts';

/** Streams at full speed: each writes one chunk a turn of the event loop, so that none of them comes in a lump. */
const hurrying = new Set<() => boolean>();

const server = createServer((socket) => {
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  let format: Format = 'openai-chat';
  let pieces: Buffer[] = [];
  const reader = new MessageReader({
    head(head) {
      format = head.includes('/messages ') ? 'anthropic-messages' : 'openai-chat';
      pieces = [];
    },
    body: (bytes) => pieces.push(bytes),
    end: () => answer(socket, format, pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)),
  });
  socket.on('data', (bytes) => reader.feed(bytes));
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
process.stdin.resume().once('end', () => process.exit(0));

function answer(socket: Socket, format: Format, body: Buffer): void {
  const read = promptTokensOf(body);
  const plan = plannedStream(body);
  if (plan === null) {
    socket.write(wholeAnswer(format, read), 'latin1');
    return;
  }
  const { opening, text, closing } = streamParts[format];
  let sent = 0;
  /** False: that was the last. */
  const next = (): boolean => {
    if (socket.destroyed) return false;
    if (sent === plan.chunks) {
      socket.write(closing(read));
      return false;
    }
    sent += 1;
    socket.write(text(`<${nowUs()}> `));
    return true;
  };
  socket.write(streamHead + opening(read));
  if (plan.everyMs > 0) {
    const timer = setInterval(() => {
      if (!next()) clearInterval(timer);
    }, plan.everyMs);
  } else {
    hurrying.add(next);
    if (hurrying.size === 1) setImmediate(hurry);
  }
}

function hurry(): void {
  for (const next of hurrying) {
    if (!next()) hurrying.delete(next);
  }
  if (hurrying.size > 0) setImmediate(hurry);
}

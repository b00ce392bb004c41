// What npm's ws says to echod comes back: random messages and fragments, deflated and not.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import readline from 'node:readline';
import WebSocket from 'ws';

const SEED = Number(process.env.SEED ?? 20260722);
const DEADLINE_MILLISECONDS = 60_000;
const ROOT = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../..');
const CHATD = path.resolve(ROOT, process.env.CHATD ?? 'chatd');
const ECHOD = path.resolve(ROOT, process.env.ECHOD ?? path.join(path.dirname(CHATD), 'echod'));
const LETTERS = [...'abc déf\0\n聊天室🎉\uFFFD'];

// mulberry32: the same numbers for the same seed, everywhere.
function dice(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6D2B79F5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return { below: (bound) => next() % bound, byte: () => next() & 0xFF };
}

function randomMessage(random) {
  const sizes = [0, 1, 125, 126, 127, 4096, 65535, 65536, random.below(1 << (1 + random.below(18)))];
  const size = sizes[random.below(sizes.length)];
  if (random.below(2) === 0) return Buffer.alloc(size, Buffer.from([random.byte(), random.byte()]));
  if (random.below(2) === 0) return Buffer.from({ length: size }, random.byte);
  const words = Array.from({ length: Math.min(size, 500) }, () => LETTERS[random.below(LETTERS.length)]);
  return words.join('').repeat(1 + Math.floor(size / 1000));
}

function sendInFragments(socket, message, random) {
  const binary = typeof message !== 'string';
  const bytes = Buffer.from(message);
  const compress = random.below(2) === 0;
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + 1 + random.below(bytes.length));
    socket.send(bytes.subarray(at, end), { fin: false, binary, compress });
    if (random.below(3) === 0) socket.ping('between');
    at = end;
  }
  socket.send('', { fin: true, binary, compress });
}

async function connect(port, perMessageDeflate) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { perMessageDeflate });
  const heard = [];
  let waiting = null;
  socket.on('message', (data, isBinary) => {
    heard.push(isBinary ? data : data.toString());
    waiting?.resolve();
  });
  socket.on('close', (code) => waiting?.reject(new Error(`closed with ${code}`)));
  await once(socket, 'open');
  assert.equal(socket.extensions !== '', perMessageDeflate !== false, 'what was agreed on');
  const hear = async () => {
    while (heard.length === 0) {
      await new Promise((resolve, reject) => { waiting = { resolve, reject }; });
    }
    return heard.shift();
  };
  return { socket, hear };
}

function same(got, wanted, number) {
  const equal = typeof wanted === 'string' ? got === wanted : wanted.equals(got);
  assert.ok(equal, `message ${number} of ${wanted.length} came back another`);
}

const DEFLATES = {
  'no deflate': false,
  deflate: { threshold: 0 },
  'no takeover': { threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true },
  'windows of 9 and 10 bits': { threshold: 0, serverMaxWindowBits: 10, clientMaxWindowBits: 9 },
};

const cases = {};
for (const [what, deflate] of Object.entries(DEFLATES)) {
  cases[`ws with ${what}: messages come back one by one`] = async (port) => {
    const { socket, hear } = await connect(port, deflate);
    const random = dice(SEED);
    for (let number = 0; number < 60; ++number) {
      const message = randomMessage(random);
      socket.send(message);
      same(await hear(), message, number);
    }
    socket.close(4000, 'enough');
    assert.deepEqual((await once(socket, 'close'))[0], 4000);
  };
  cases[`ws with ${what}: a hundred messages in fragments come back in their order`] = async (port) => {
    const { socket, hear } = await connect(port, deflate);
    const random = dice(SEED + 1);
    const messages = Array.from({ length: 100 }, () => randomMessage(random));
    for (const message of messages) sendInFragments(socket, message, random);
    for (const [number, message] of messages.entries()) same(await hear(), message, number);
    socket.close();
    assert.equal((await once(socket, 'close'))[0], 1005);
  };
}

async function main() {
  const server = spawn(ECHOD, ['0'], { stdio: ['ignore', 'ignore', 'pipe'] });
  process.on('exit', () => server.kill('SIGKILL'));
  let port = 0;
  for await (const line of readline.createInterface(server.stderr)) {
    port = Number(/listening.* address=127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? 0);
    if (port !== 0) break;
  }
  let failed = 0;
  for (const [name, run] of Object.entries(cases)) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('out of time')), DEADLINE_MILLISECONDS);
    });
    try {
      await Promise.race([run(port), late]);
      console.log(`ok - ${name}`);
    } catch (error) {
      ++failed;
      console.log(`not ok - ${name}\n    ${error.stack}\n    with SEED=${SEED}`);
    } finally {
      clearTimeout(timer);
    }
  }
  process.exit(failed === 0 ? 0 : 1);
}

await main();

// npm's ws as members: what it sends in its own way is heard, and what it is told it understands.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import WebSocket, { createWebSocketStream } from 'ws';

import { BrowserServer as ChatServer, killAllServers } from './browser_server.mjs';

const DEADLINE_MILLISECONDS = 20_000;

const entered = (name) => `~~~${name}进入了聊天室~~~`;
const left = (name) => `~~~${name}离开了聊天室~~~`;

class Member {
  #heard = [];
  #waiting = null;

  static async join(server, name, options = {}) {
    const answer = await fetch(`${server.origin}/login`, {
      method: 'POST', body: new URLSearchParams({ nickname: name }), redirect: 'manual',
    });
    assert.equal(answer.status, 303, `login as ${name}`);
    const member = new Member();
    member.name = name;
    member.cookie = answer.headers.get('set-cookie').split(';')[0];
    await member.open(server, options);
    return member;
  }

  async open(server, options) {
    const address = `${server.origin.replace('http', 'ws')}/chat`;
    this.socket = new WebSocket(address, { headers: { Cookie: this.cookie }, ...options });
    this.socket.on('message', (data, isBinary) => {
      this.#heard.push(isBinary ? data : data.toString());
      this.#waiting?.();
    });
    this.closed = once(this.socket, 'close').then(([code, reason]) => [code, reason.toString()]);
    await once(this.socket, 'open');
  }

  async hears(...texts) {
    for (const text of texts) {
      while (this.#heard.length === 0) {
        await new Promise((resolve) => { this.#waiting = resolve; });
      }
      assert.equal(this.#heard.shift(), text, `what ${this.name} hears`);
    }
  }

  say(text, options = {}) {
    this.socket.send(text, options);
  }
}

async function two(server, options = {}) {
  const ana = await Member.join(server, 'Ana', options);
  const ming = await Member.join(server, '小明', options);
  await ana.hears(entered('小明'));
  return [ana, ming];
}

const cases = {
  async 'two members talk and hear no word of their own'(server) {
    const [ana, ming] = await two(server);
    for (const text of ['hello', '你好', '😀👨‍👩‍👧', '<b>markup</b>', '', 'a\nb', 'x'.repeat(65_536)]) {
      ana.say(text);
      await ming.hears(`Ana说:${text}`);
      ming.say(text);
      await ana.hears(`小明说:${text}`);
    }
  },

  async 'a message in fragments is one message'(server) {
    const [ana, ming] = await two(server);
    for (const part of ['one ', '', '两 ', 'three ']) ana.say(part, { fin: false });
    ana.say('end', { fin: true });
    ana.say('whole');
    await ming.hears('Ana说:one 两 three end', 'Ana说:whole');
  },

  async 'a stream of text is heard piece by piece'(server) {
    const [ana, ming] = await two(server);
    const stream = createWebSocketStream(ana.socket, { encoding: 'utf8', decodeStrings: false });
    for (let number = 0; number < 50; ++number) stream.write(`line ${number}`);
    for (let number = 0; number < 50; ++number) await ming.hears(`Ana说:line ${number}`);
    stream.destroy();
  },

  async 'pings are answered with their words'(server) {
    const [ana] = await two(server);
    for (const words of ['', 'ping', 'x'.repeat(125)]) {
      ana.socket.ping(words);
      const [answer] = await once(ana.socket, 'pong');
      assert.equal(answer.toString(), words);
    }
    ana.socket.pong('nobody asked');
    ana.socket.ping('still here');
    assert.equal((await once(ana.socket, 'pong'))[0].toString(), 'still here');
  },

  async 'a close is answered with its code'(server) {
    const [ana, ming] = await two(server);
    const codes = [1000, 1001, 1008, 3000, 4999];
    for (const [index, code] of codes.entries()) {
      const guest = await Member.join(server, `guest ${index}`);
      await ana.hears(entered(guest.name));
      guest.socket.close(code, 'bye 再见');
      assert.equal((await guest.closed)[0], code);
      await ana.hears(left(guest.name));
    }
    ming.socket.close();
    assert.equal((await ming.closed)[0], 1005);
    await ana.hears(left('小明'));
  },

  async 'binary is 1003, what is too large is 1009'(server) {
    const [ana, ming] = await two(server);
    ming.say(Buffer.from([0, 1, 2]));
    assert.equal((await ming.closed)[0], 1003);
    await ana.hears(left('小明'));
    ana.say('x'.repeat(65_537));
    assert.equal((await ana.closed)[0], 1009);
  },

  async 'a lost connection has left after a while'(server) {
    const [ana, ming] = await two(server);
    ming.socket.terminate();
    await ana.hears(left('小明'));
  },

  async 'with perMessageDeflate offered all is the same'(server) {
    const offers = [true, { threshold: 0 },
      { threshold: 0, clientMaxWindowBits: 9, serverMaxWindowBits: 9 },
      { threshold: 0, clientNoContextTakeover: true, serverNoContextTakeover: true }, false];
    for (const [index, perMessageDeflate] of offers.entries()) {
      const ana = await Member.join(server, `a${index}`, { perMessageDeflate });
      const ben = await Member.join(server, `b${index}`, { perMessageDeflate });
      await ana.hears(entered(ben.name));
      for (const text of ['', 'a', 'again and again '.repeat(3_000), '你好'.repeat(5_000), 'a']) {
        ana.say(text);
        await ben.hears(`${ana.name}说:${text}`);
      }
      ana.say('one ', { fin: false });
      ana.say('two', { fin: true });
      await ben.hears(`${ana.name}说:one two`);
      ben.socket.close(1000);
      await ana.hears(left(ben.name));
      ana.socket.close(1000);
      await ana.closed;
    }
  },

  async 'without a cookie, or from a foreign page, the answer is 403'(server) {
    const [ana] = await two(server);
    const address = `${server.origin.replace('http', 'ws')}/chat`;
    const refused = [{}, { headers: { Cookie: 'nickname=Ana' } },
      { headers: { Cookie: ana.cookie }, origin: 'https://evil.example' }];
    for (const options of refused) {
      const [, response] = await once(new WebSocket(address, options).on('error', () => {}),
        'unexpected-response');
      assert.equal(response.statusCode, 403);
      response.resume();
    }
    const own = new WebSocket(address, { headers: { Cookie: ana.cookie }, origin: server.origin });
    await once(own, 'open');
  },

  async 'everyone hears 1001 when the server goes away'(server) {
    const members = await two(server);
    const stopped = server.stop();
    for (const member of members) assert.equal((await member.closed)[0], 1001);
    await stopped;
  },
};

function inTime(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('out of time')), DEADLINE_MILLISECONDS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function passes(name, run) {
  const server = await ChatServer.start();
  let failure = null;
  await inTime(run(server)).catch((error) => { failure = error; });
  await server.remove().catch((error) => { failure ??= error; });
  console.log(`${failure ? 'not ok' : 'ok'} - ${name}`);
  if (failure) console.log(`${failure.stack}\n${server.log}`.replace(/^/gm, '    '));
  return failure === null;
}

let good = true;
for (const [name, run] of Object.entries(cases)) {
  if (!await passes(name, run)) good = false;
}
killAllServers();
process.exit(good ? 0 : 1);

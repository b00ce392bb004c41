// How the page keeps its connection: restarts, lost logins, bursts, a server that refuses.

import assert from 'node:assert/strict';

export const cases = [];
const test = (name, body) => cases.push({ name, body });

test('after a restart of the server the page comes back by itself', async (world) => {
  world.expectTrouble(/WebSocket connection to|ERR_CONNECTION_REFUSED|Failed to load resource/);
  const alice = await world.member('小雨');
  const bob = await world.member('阿强');
  await world.server.stop();
  await alice.page.locator('#status[data-state=waiting]').waitFor();
  await alice.say('断线时写的');
  await alice.page.locator('#hint:not(:empty)').waitFor();
  assert.equal(await alice.page.inputValue('#message'), '断线时写的', 'the words are lost');
  await alice.sawTimes('小雨说:断线时写的', 0);
  await world.server.listen(world.server.port);
  await Promise.all([alice.connected(), bob.connected()]);
  await alice.page.press('#message', 'Enter');
  await bob.sees('小雨说:断线时写的');
  await bob.say('又见面了');
  await alice.sees('阿强说:又见面了');
});

test('words that never left the browser are marked', async (world) => {
  world.expectTrouble(/WebSocket connection to|ERR_CONNECTION_REFUSED|Failed to load resource/);
  const alice = await world.member('小雨');
  await alice.say('走了');
  await alice.page.evaluate((bytes) => {  // As with a network that takes nothing any more.
    Object.defineProperty(WebSocket.prototype, 'bufferedAmount', { get: () => bytes });
  }, Buffer.byteLength('没走'));
  await alice.say('没走');
  await world.server.stop();
  await alice.page.locator('.own.unsent .fate').waitFor();
  assert.deepEqual(await alice.page.locator('.own.unsent .text').allTextContents(), ['小雨说:没走']);
});

test('a hidden page keeps listening and counts what is unread', async (world) => {
  const alice = await world.member('小雨');
  const bob = await world.member('阿强');
  const title = await alice.page.title();
  const show = (hidden) => alice.page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { get: () => value, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
  await show(true);
  for (const text of ['一', '二', '三']) await bob.say(text);
  await alice.sees('阿强说:三');
  assert.equal(await alice.page.title(), `(3) ${title}`);
  await show(false);
  assert.equal(await alice.page.title(), title);
});

test('a login that ended elsewhere leads back to the door, with the draft kept', async (world) => {
  world.expectTrouble(/WebSocket connection to/);
  const alice = await world.member('小雨');
  await alice.page.fill('#message', '还没说完');
  const answer = await alice.context.request.post(
    `${world.server.origin}/logout`, { headers: { Origin: world.server.origin } });
  assert.ok(answer.ok(), `logging out answered ${answer.status()}`);
  await alice.page.waitForURL('**/login');
  await alice.logIn('小雨');
  await alice.connected();
  assert.equal(await alice.page.inputValue('#message'), '还没说完');
});

// The two cases below put a server of their own into the page, to say what no real one would.

// Runs in the page before its scripts: a socket that opens at once and hears what the case has it hear.
// A real one would pass each message through the debugger as well, which is slower than the page.
function fakeSocket() {
  window.WebSocket = class extends EventTarget {
    static OPEN = 1;
    readyState = 1;
    bufferedAmount = 0;
    send() {}
    close() {}
    constructor() {
      super();
      window.hear = (text) => this.dispatchEvent(new MessageEvent('message', { data: text }));
      queueMicrotask(() => this.dispatchEvent(new Event('open')));
    }
  };
}

// Runs in the page: many messages in a few tasks, so that the page must catch up with them.
function hearBurst(count, number = 0) {
  for (let step = 0; step < 1000 && number < count; step += 1) window.hear(`阿强说:${number += 1}`);
  if (number < count) setTimeout(hearBurst, 0, count, number);
}

test('a burst of 30,000 messages neither freezes the page nor grows it', async (world) => {
  const alice = await world.visitor();
  await alice.page.addInitScript(fakeSocket);
  await alice.logIn('小雨');
  await alice.connected();
  await alice.page.evaluate(`(${hearBurst})(30_000)`);
  await alice.page.fill('#message', '还能打字');
  await alice.sees('阿强说:30000');
  const seen = await alice.lines();
  assert.equal(seen.length, 2000);
  const misplaced = seen.filter((line, index) => line !== `阿强说:${28_001 + index}`);
  assert.deepEqual(misplaced.slice(0, 5), []);
  await alice.page.evaluate(() => { document.getElementById('log').scrollTop = 100; });
  await alice.page.locator('#newer').waitFor();
  await alice.page.evaluate(() => window.hear('阿强说:最后'));
  await alice.sees('阿强说:最后');
  await alice.page.locator('#newer.counting').click();
  await alice.page.waitForFunction(() => {
    const log = document.getElementById('log');
    return log.scrollHeight - log.scrollTop - log.clientHeight < 4;
  });
  assert.equal(await alice.page.locator('#newer').isVisible(), false);
});

test('a server that hangs up at once is asked less and less often', async (world) => {
  const alice = await world.visitor();
  const attempts = [];
  await alice.page.clock.install();
  await alice.page.routeWebSocket('**/chat', (route) => {
    attempts.push(route);
    route.close({ code: 1011 });
  });
  await alice.logIn('小雨');
  const pauses = [];
  for (let passed = 0; pauses.length < 6; passed += 200) {
    assert.ok(passed < 60_000, `stopped trying after pauses of ${pauses} ms`);
    const before = attempts.length;
    await alice.page.clock.runFor(200);
    if (attempts.length === before) continue;
    pauses.push(passed);
    passed = 0;
  }
  assert.ok(pauses.at(-1) >= 4000, `still in a hurry: pauses of ${pauses} ms`);
});

// How the page feels: under the hands, on a phone, in the dark, and when it is missing.

import assert from 'node:assert/strict';

import { requireContrast } from './browser_contrast.mjs';
import { left } from './browser_people.mjs';

const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };

export const cases = [];
const test = (name, body) => cases.push({ name, body });

test('Enter that chooses a word of an input method does not send', async (world) => {
  const alice = await world.member('小雨');
  const bob = await world.member('阿强');
  const keys = await alice.context.newCDPSession(alice.page);
  await alice.page.focus('#message');
  await keys.send('Input.imeSetComposition', { text: 'ni hao', selectionStart: 6, selectionEnd: 6 });
  assert.equal(await alice.page.inputValue('#message'), 'ni hao');
  const process = { key: 'Process', code: 'Enter', windowsVirtualKeyCode: 229 };
  await keys.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...process });
  await keys.send('Input.dispatchKeyEvent', { type: 'keyUp', ...process });
  await alice.page.press('#message', 'Enter');  // While the composition is still open.
  await keys.send('Input.insertText', { text: '你好' });
  await alice.page.evaluate(() => {
    const field = document.getElementById('message');
    const press = (details) => field.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...details }));
    press({ isComposing: true });
    press({ keyCode: 229 });  // Safari: after the composition ended.
  });
  assert.match(await alice.page.inputValue('#message'), /你好/);
  assert.deepEqual((await alice.lines()).filter((line) => line.startsWith('小雨说:')), []);
  await alice.page.fill('#message', '你好');
  await alice.page.press('#message', 'Enter');
  await bob.sees('小雨说:你好');
  assert.deepEqual((await bob.lines()).filter((line) => line.startsWith('小雨说:')), ['小雨说:你好']);
});

test('Shift+Enter starts a line; blank and overlong text stay in the field', async (world) => {
  const alice = await world.member('小雨');
  const bob = await world.member('阿强');
  await alice.page.focus('#message');
  await alice.page.keyboard.type('一');
  await alice.page.keyboard.press('Shift+Enter');
  await alice.page.keyboard.type('二');
  await alice.page.keyboard.press('Enter');
  await bob.sees('小雨说:一\n二');
  await alice.say('   ');
  const limit = Number(await alice.page.locator('body').getAttribute('data-max-message-bytes'));
  assert.ok(limit > 0, 'the page does not know the limit');
  const long = '长'.repeat(Math.floor(limit / 3) + 1);
  await alice.say(long);
  await alice.page.locator('#hint:not(:empty)').waitFor();
  assert.equal(await alice.page.inputValue('#message'), long);
  await alice.say('短');
  await bob.sees('小雨说:短');
  assert.deepEqual((await bob.lines()).filter((line) => line.startsWith('小雨说:')), ['小雨说:一\n二', '小雨说:短']);
  assert.equal(await alice.page.locator('#hint').innerText(), '');
});

test('everything can be done by keyboard alone', async (world) => {
  const bob = await world.member('阿强');
  const alice = await world.visitor();
  // The field takes the focus by itself, once the browser gets round to it.
  await alice.page.waitForFunction(() => document.activeElement?.id === 'nickname');
  await alice.page.keyboard.type('小雨');
  await alice.page.keyboard.press('Enter');
  await alice.connected();
  await alice.page.waitForFunction(() => document.activeElement?.id === 'message');
  await alice.page.keyboard.type('没有鼠标');
  await alice.page.keyboard.press('Enter');
  await bob.sees('小雨说:没有鼠标');
  await alice.page.keyboard.type('按钮也行');
  await alice.page.keyboard.press('Tab');
  assert.equal(await alice.page.evaluate(() => document.activeElement.id), 'send');
  await alice.page.keyboard.press('Enter');
  await bob.sees('小雨说:按钮也行');
  const reached = [];
  for (let step = 0; step < 10 && reached.at(-1) !== 'quit'; step += 1) {
    await alice.page.keyboard.press('Shift+Tab');
    reached.push(await alice.page.evaluate(() => document.activeElement?.id ?? ''));
  }
  assert.equal(reached.at(-1), 'quit', `Tab reached only ${reached}`);
  assert.notEqual(await alice.page.locator('#quit').evaluate((link) => getComputedStyle(link).outlineStyle), 'none');
  await alice.page.keyboard.press('Enter');
  await alice.page.waitForURL('**/login');
  await bob.sees(left('小雨'));
});

test('a phone needs no sideways scrolling and no zoom', async (world) => {
  const requireNoOverflow = async (page, where) => {
    const wide = await page.evaluate(() => [...document.querySelectorAll('*')]
      .filter((box) => box.getBoundingClientRect().right > innerWidth + 0.5 && getComputedStyle(box).position !== 'absolute')
      .map((box) => box.id || box.className || box.tagName));
    assert.deepEqual(wide, [], `${where}: wider than the screen`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${where} scrolls`);
    for (const size of await page.locator('input, textarea').evaluateAll(
      (fields) => fields.map((field) => parseFloat(getComputedStyle(field).fontSize)))) {
      assert.ok(size >= 16, `${where}: a field of ${size}px makes a phone zoom in`);
    }
  };
  const alice = await world.visitor(phone);
  await requireNoOverflow(alice.page, 'login');
  await alice.logIn('小雨在很长很长的路上');
  await alice.connected();
  const bob = await world.member('Bob', { ...phone, locale: 'en-US' });
  await bob.say(`${'w'.repeat(300)} https://example.org/${'path/'.repeat(60)}`);
  await bob.say('短');
  await alice.sees('Bob说:短');
  await alice.say('字'.repeat(200));
  await bob.sees(`小雨在很长很长的路上说:${'字'.repeat(200)}`);
  await requireNoOverflow(alice.page, 'chat');
  await requireNoOverflow(bob.page, 'chat in English');
  for (const target of ['#send', '#quit', '#message']) {
    const box = await alice.page.locator(target).boundingBox();
    assert.ok(box.height >= 44, `${target} is only ${box.height}px high for a finger`);
    assert.ok(box.y + box.height <= phone.viewport.height, `${target} lies below the screen`);
  }
});

for (const colorScheme of ['dark', 'light']) {
  test(`text is readable in the ${colorScheme}`, async (world) => {
    const alice = await world.visitor({ colorScheme, locale: 'en-US' });
    await requireContrast(alice.page, ['h1', '.lead', 'label', 'input', 'button', '.limit']);
    await alice.logIn('小雨');
    await alice.connected();
    await requireContrast(alice.page, ['.quiet p']);
    // A name for each of the eight colours, as far as chance gives them.
    const others = ['阿强', 'Bob', '陈'].map((nickname) => world.member(nickname));
    for (const other of await Promise.all(others)) {
      await other.say('在');
      await alice.sees(`${other.nickname}说:在`);
    }
    await alice.say('好');
    await alice.page.fill('#message', '长'.repeat(1_000_000));
    await alice.page.click('#send');
    await alice.page.locator('#hint:not(:empty)').waitFor();
    await requireContrast(alice.page, [
      'h1', '#status', '#nickname', '#quit', '#send', '#message', '#hint', '.keys', '.notice .text',
      '.translation', '.message:not(.own) .name', '.message:not(.own) .said', '.message:not(.own) .words',
      '.own .name', '.own .said', '.own .words', '.time']);
    const dark = await alice.page.evaluate(
      () => getComputedStyle(document.body).backgroundColor.match(/\d+/g).slice(0, 3).every((value) => value < 64));
    assert.equal(dark, colorScheme === 'dark');
  });
}

test('a page that is not there says so in its own clothes', async (world) => {
  world.expectTrouble(/404/);
  const visitor = await world.visitor();
  const answer = await visitor.page.goto(`${world.server.origin}/nowhere`);
  assert.equal(answer.status(), 404);
  assert.match(await visitor.page.innerText('main'), /404[\s\S]*Not Found/);
  await visitor.page.click('a[href="/"]');
  await visitor.page.waitForURL('**/login');
});

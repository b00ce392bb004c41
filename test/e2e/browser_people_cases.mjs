// What people do with one another: come in, talk, reload, open tabs, quit.

import assert from 'node:assert/strict';

import { requireContrast } from './browser_contrast.mjs';
import { entered, left } from './browser_people.mjs';

const TAKEN = '昵称已被使用,请更换昵称';

export const cases = [];
const test = (name, body) => cases.push({ name, body });

test('two people talk, and each sees exactly what was said', async (world) => {
  const alice = await world.member('小雨');
  const bob = await world.member('Bob', { locale: 'en-US' });
  await alice.sees(entered('Bob'));
  const said = ['你好,世界', 'Hello, world!', '👩‍👩‍👧‍👦🎉🌊', '<b>markup</b> & <img src=x onerror=alert(1)>', '两行\n文字  and  spaces'];
  for (const text of said) {
    await alice.say(text);
    await alice.sees(`小雨说:${text}`);
    await bob.sees(`小雨说:${text}`);
    await bob.say(text);
    await bob.sees(`Bob说:${text}`);
    await alice.sees(`Bob说:${text}`);
  }
  for (const person of [alice, bob]) {
    assert.equal(await person.page.locator('#log b, #log img').count(), 0, 'markup became elements');
    assert.equal(await person.page.locator('#log time').count(), await person.page.locator('#log .line').count());
  }
});

test('the author does not hear its own message', async (world) => {
  const alice = await world.member('小雨');
  const bob = await world.member('阿强');
  await alice.say('只说一次');
  await bob.sees('小雨说:只说一次');
  await bob.say('听到了');
  await alice.sees('阿强说:听到了');  // An echo would have come before this.
  await alice.sawTimes('小雨说:只说一次', 1);
  await bob.sawTimes('小雨说:只说一次', 1);
});

test('a taken name is refused with a hint and without a cookie', async (world) => {
  await world.member('小雨');
  for (const locale of ['zh-CN', 'en-US']) {
    const other = await world.visitor({ locale });
    await other.logIn('小雨');
    const hint = other.page.locator('[role=alert]');
    await hint.getByText(TAKEN).waitFor();
    assert.equal(await other.cookie(), null, 'a cookie was set');
    assert.equal(await other.page.inputValue('input[name=nickname]'), '小雨', 'what was typed is lost');
    assert.equal(await other.page.locator('html').getAttribute('lang'), locale === 'en-US' ? 'en' : 'zh-CN');
    if (locale === 'en-US') assert.match(await hint.innerText(), /[A-Za-z]{3}.*\n/, 'no English hint');
    await requireContrast(other.page, ['[role=alert] span:not(:empty)']);
  }
});

test('a blank name is refused', async (world) => {
  const nobody = await world.visitor();
  await nobody.page.click('button[type=submit]');
  assert.ok(await nobody.page.locator('input[name=nickname]:invalid').count(), 'the browser would send nothing at all');
  await nobody.logIn('   ');
  await nobody.page.locator('[role=alert] span:not(:empty)').waitFor();
  assert.equal(new URL(nobody.page.url()).pathname, '/login');
  assert.equal(await nobody.cookie(), null, 'a cookie was set');
});

test('who quits by the link ends at the door, and the others are told once', async (world) => {
  const alice = await world.member('小雨');
  const bob = await world.member('阿强');
  await bob.quit();
  await alice.sees(left('阿强'));
  assert.equal(await bob.cookie(), null, 'the cookie stayed');
  const again = await world.member('阿强');  // The name is free at once.
  await alice.sees(entered('阿强'));
  await again.say('我回来了');
  await alice.sees('阿强说:我回来了');
  await alice.sawTimes(left('阿强'), 1);
});

test('a reload neither leaves nor enters', async (world) => {
  const alice = await world.member('小雨');
  const bob = await world.member('阿强');
  const measure = await world.member('过客');
  await bob.sees(entered('过客'));
  await alice.sees(entered('阿强'));
  await bob.page.reload();
  await bob.connected();
  await measure.page.close();  // Stays away for good, after the reload: its leaving is the later one.
  await alice.sees(left('过客'));
  await alice.sawTimes(entered('阿强'), 1);
  await alice.sawTimes(left('阿强'), 0);
  await bob.say('还是我');
  await alice.sees('阿强说:还是我');
});

test('a second tab is the same member, and closing it does not leave', async (world) => {
  const alice = await world.member('小雨');
  const bob = await world.member('阿强');
  const measure = await world.member('过客');
  await alice.sees(entered('过客'));
  const tab = await bob.openSecondTab();
  await alice.say('都听得到吗');
  for (const page of [bob, tab]) await page.sees('小雨说:都听得到吗');
  await tab.say('第二页说话');
  await alice.sees('阿强说:第二页说话');
  await bob.sees('阿强说:第二页说话');
  await tab.page.close();
  await measure.page.close();
  await alice.sees(left('过客'));
  await alice.sawTimes(entered('阿强'), 1);
  await alice.sawTimes(left('阿强'), 0);
  await bob.sawTimes('阿强说:第二页说话', 1);
  await bob.say('第一页还在');
  await alice.sees('阿强说:第一页还在');
});

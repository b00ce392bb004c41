// What people see, in a real browser against the real server. Run by hand:
//   CHATD=./chatd node test/e2e/browser_test.mjs [part of a case's name]
// Nothing here sleeps: that something does not happen is shown by something later that does.

import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

import { cases as lineCases } from './browser_line_cases.mjs';
import { cases as pageCases } from './browser_page_cases.mjs';
import { World } from './browser_people.mjs';
import { cases as peopleCases } from './browser_people_cases.mjs';
import { BrowserServer, killAllServers } from './browser_server.mjs';

const DEADLINE_MILLISECONDS = 600_000;

const incidents = [];

async function run(browser, { name, body }) {
  const server = await BrowserServer.start();
  const world = new World(browser, server, incidents);
  try {
    await body(world);
  } catch (error) {
    error.serverLog = server.log.slice(-4000);
    throw error;
  } finally {
    await world.close();
    await server.remove();
  }
}

async function report(name, outcome) {
  try {
    await outcome();
    console.log(`ok - ${name}`);
    return true;
  } catch (error) {
    console.log(`not ok - ${name}`);
    const story = [error.stack ?? String(error), error.serverLog && `server log:\n${error.serverLog}`];
    console.log(story.filter(Boolean).join('\n').replace(/^/gm, '  # '));
    return false;
  }
}

function requireNone(kinds) {
  const found = incidents.filter(({ kind }) => kinds.includes(kind));
  assert.deepEqual(found, []);
}

const deadline = setTimeout(() => {
  console.log(`not ok - all cases end within ${DEADLINE_MILLISECONDS / 1000} s`);
  process.exit(1);
}, DEADLINE_MILLISECONDS);
process.on('exit', killAllServers);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const cases = [...peopleCases, ...pageCases, ...lineCases]
  .filter(({ name }) => name.includes(process.argv[2] ?? ''));
let failures = cases.length ? 0 : 1;
for (const each of cases) {
  if (!await report(each.name, () => run(browser, each))) failures += 1;
}
await browser.close();
const promises = {
  'no request leaves the origin of the page': ['foreign'],
  'the pages cause no error and break no policy': ['console', 'exception', 'policy'],
};
for (const [name, kinds] of Object.entries(promises)) {
  if (!await report(name, () => requireNone(kinds))) failures += 1;
}
clearTimeout(deadline);
process.exit(failures ? 1 : 0);

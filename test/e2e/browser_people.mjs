// People in front of browsers: each has a browser context, and with it a cookie jar of its own.
// Everything a page asks for, complains about or has refused is kept as an incident.

import assert from 'node:assert/strict';

// For a failure's story: long lines are cut, so that the reason is not lost among them.
const shown = (lines) => lines.map((line) => JSON.stringify(line.length > 80 ? `${line.slice(0, 80)}…` : line)).join(' ');

export class World {
  #contexts = [];
  #forgiven = [];

  constructor(browser, server, incidents) {
    Object.assign(this, { browser, server, incidents });
  }

  // A case that provokes an error says so beforehand; all others stay forbidden.
  expectTrouble(...patterns) {
    this.#forgiven.push(...patterns);
  }

  async openContext(options = {}) {
    const context = await this.browser.newContext({ locale: 'zh-CN', ...options });
    context.setDefaultTimeout(30_000);
    this.#contexts.push(context);
    context.on('request', (request) => this.#checkAddress(request.url()));
    context.on('console', (message) => {
      if (message.type() === 'error') this.#note('console', `${message.text()} (${message.location().url})`);
    });
    context.on('weberror', (error) => this.#note('exception', String(error.error())));
    context.on('page', (page) => {
      page.on('websocket', (socket) => this.#checkAddress(socket.url().replace(/^ws/, 'http')));
    });
    await context.exposeBinding('noteViolation', (source, text) => this.#note('policy', text));
    await context.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) => {
        window.noteViolation(`${event.violatedDirective} ${event.blockedURI}`);
      });
    });
    return context;
  }

  // Somebody with the login page open.
  async visitor(options) {
    const context = await this.openContext(options);
    const page = await context.newPage();
    await page.goto(`${this.server.origin}/login`);
    return new Person(this, context, page);
  }

  // Somebody who has come in and is connected.
  async member(nickname, options) {
    const person = await this.visitor(options);
    await person.logIn(nickname);
    await person.connected();
    return person;
  }

  async close() {
    for (const context of this.#contexts) await context.close();
  }

  #checkAddress(address) {
    if (new URL(address).origin !== this.server.origin) this.#note('foreign', address);
  }

  #note(kind, text) {
    if (kind !== 'foreign' && this.#forgiven.some((pattern) => pattern.test(text))) return;
    this.incidents.push({ kind, text });
  }
}

export class Person {
  constructor(world, context, page, nickname = null) {
    Object.assign(this, { world, context, page, nickname });
  }

  async logIn(nickname) {
    this.nickname = nickname;
    await this.page.fill('input[name=nickname]', nickname);
    await this.page.click('button[type=submit]');
  }

  async connected() {
    await this.page.waitForURL('**/chat');
    await this.page.locator('#status[data-state=connected]').waitFor();
  }

  async openSecondTab() {
    const page = await this.context.newPage();
    await page.goto(`${this.world.server.origin}/chat`);
    const tab = new Person(this.world, this.context, page, this.nickname);
    await tab.connected();
    return tab;
  }

  async say(text) {
    await this.page.fill('#message', text);
    await this.page.press('#message', 'Enter');
  }

  async quit() {
    await this.page.click('#quit');
    await this.page.waitForURL('**/login');
  }

  // Waits until a line of the log is exactly this text.
  async sees(line) {
    try {
      await this.page.waitForFunction(
        (wanted) => [...document.querySelectorAll('#log .text')].some((text) => text.textContent === wanted),
        line, { polling: 50 });
    } catch (error) {
      const seen = await this.lines().catch(() => ['(the page is gone)']);
      throw new Error(
        `${this.nickname} never saw ${shown([line])}, but at last ${shown(seen.slice(-20))} of ${seen.length} lines`,
        { cause: error });
    }
  }

  lines() {
    return this.page.locator('#log .text').evaluateAll((texts) => texts.map((text) => text.textContent));
  }

  async sawTimes(line, times) {
    const seen = await this.lines();
    assert.equal(seen.filter((text) => text === line).length, times,
      `${this.nickname} should have seen ${shown([line])} ${times} times, but at last ${shown(seen.slice(-20))}`);
  }

  async cookie() {
    const cookies = await this.context.cookies(this.world.server.origin);
    return cookies.find((cookie) => cookie.name === 'nickname') ?? null;
  }
}

export const entered = (nickname) => `~~~${nickname}进入了聊天室~~~`;
export const left = (nickname) => `~~~${nickname}离开了聊天室~~~`;

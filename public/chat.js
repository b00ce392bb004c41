// The chat page: shows what the room says, says what the person types, and stays connected.
//
// It speaks the plain dialect: text frames without a subprotocol, shown exactly as they come. The
// server never sends an author its own words, so they are shown from here, in every tab of the login.

const english = document.documentElement.lang === 'en';
const words = english ? {
  connecting: 'Connecting…',
  connected: 'Connected',
  waiting: 'Disconnected. Trying again…',
  kept: 'Not connected yet. Your words stay here; send them when the line is back.',
  tooLong: (size, most) => `Too long: ${size} of at most ${most} bytes.`,
  newer: (count) => `↓ ${count} new`,
  bottom: '↓ Latest',
  unsent: 'may not have been sent',
  gap: 'Connected again. What was said in between is not shown here.',
  entered: (nickname) => `${nickname} came in`,
  left: (nickname) => `${nickname} left`,
} : {
  connecting: '正在连接…',
  connected: '已连接',
  waiting: '连接已断开，正在重新连接…',
  kept: '还没连上。你的话留在这里，连上后再发送。',
  tooLong: (size, most) => `太长了：${size} 字节，最多 ${most} 字节。`,
  newer: (count) => `↓ ${count} 条新消息`,
  bottom: '↓ 回到最新',
  unsent: '可能没有送达',
  gap: '已重新连接，其间的消息不在这里。',
};

const NICKNAME = document.body.dataset.nickname;
const MESSAGE_BYTES_LIMIT = Number(document.body.dataset.maxMessageBytes) || Infinity;
const LINES_KEPT = 2000;
const LINES_PER_FRAME = 250;
const AVATAR_TONES = 8;
const AT_BOTTOM_PIXELS = 4;  // Small, or a busy room would snatch back a reader who starts to scroll up.

const byId = (id) => document.getElementById(id);
const log = byId('log');
const newer = byId('newer');
const statusLine = byId('status');
const composer = byId('composer');
const field = byId('message');
const hint = byId('hint');

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// What a line of the plain dialect is. A notice never holds 说: here, so that somebody named "~~~a"
// cannot say a line that looks as if another person came or went.
function parseLine(raw) {
  const notice = /^~~~(.+)(进入|离开)了聊天室~~~$/u.exec(raw);
  if (notice && !raw.includes('说:')) {
    return { kind: 'notice', raw, nickname: notice[1], entered: notice[2] === '进入' };
  }
  const split = raw.indexOf('说:');
  if (split < 0) return { kind: 'plain', raw };
  return { kind: 'message', raw, nickname: raw.slice(0, split), said: raw.slice(split + 2) };
}

function ownLine(text) {
  return { kind: 'message', own: true, raw: `${NICKNAME}说:${text}`, nickname: NICKNAME, said: text };
}

// The same name has the same colour everywhere, without the server's help.
function toneOf(nickname) {
  let sum = 7;
  for (const character of nickname) sum = (sum * 31 + character.codePointAt(0)) % 65521;
  return sum % AVATAR_TONES;
}

const clock = new Intl.DateTimeFormat(document.documentElement.lang, {
  hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
});

// The log: bounded, appended to once a frame, and kept at the bottom unless the reader went up.
class Log {
  #waiting = [];
  #frame = 0;
  #timer = 0;
  #flushedAt = 0;
  #atBottom = true;
  #belowCount = 0;
  #unread = 0;
  #title = document.title;
  #lastAuthor = null;

  constructor() {
    log.addEventListener('scroll', () => this.#onScroll(), { passive: true });
    // In a burst the wheel is heard well before the scrolling that it causes.
    log.addEventListener('wheel', (event) => {
      if (event.deltaY < 0 && log.scrollTop > 0) this.#atBottom = false;
    }, { passive: true });
    newer.addEventListener('click', () => {
      this.showLatest();
      field.focus();
    });
    // The on-screen keyboard and a growing field make the log smaller; what was last stays in sight.
    new ResizeObserver(() => this.#atBottom && this.#toBottom()).observe(log);
    document.addEventListener('visibilitychange', () => this.flush());
  }

  add(entry) {
    entry.at = new Date();
    this.#waiting.push(entry);
    // More than the log holds would only be built to be thrown away.
    if (this.#waiting.length > 2 * LINES_KEPT) this.#waiting.splice(0, LINES_KEPT);
    if (entry.kind === 'message' && !entry.own && document.hidden) this.#unread += 1;
    // A hidden page gets no animation frames and few timers, but its socket is still heard.
    if (document.hidden && performance.now() - this.#flushedAt > 250) this.flush();
    else this.#schedule();
  }

  flush() {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#flushedAt = performance.now();
    if (!document.hidden) this.#unread = 0;
    document.title = this.#unread ? `(${this.#unread}) ${this.#title}` : this.#title;
    // Somebody who watches a burst must still be able to type and to scroll.
    const batch = this.#waiting.splice(0, document.hidden ? Infinity : LINES_PER_FRAME);
    if (batch.length) this.#append(batch);
    if (this.#waiting.length) this.#schedule();
  }

  markUnsent(entry) {
    entry.unsent = true;
    entry.line?.classList.add('unsent');
    entry.line?.append(element('span', 'fate', words.unsent));
  }

  #schedule() {
    if (this.#timer) return;
    this.#frame = requestAnimationFrame(() => this.flush());
    this.#timer = setTimeout(() => this.flush(), 250);
  }

  showLatest() {
    this.flush();
    this.#toBottom();
  }

  #append(entries) {
    const lines = document.createDocumentFragment();
    for (const entry of entries.slice(-LINES_KEPT)) lines.append(this.#line(entry));
    log.append(lines);
    while (log.childElementCount > LINES_KEPT) log.firstElementChild.remove();
    if (this.#atBottom) return this.#toBottom();
    this.#belowCount += entries.filter((entry) => entry.kind === 'message').length;
    this.#showNewer();
  }

  #line(entry) {
    const line = element('div', `line ${entry.kind}${entry.own ? ' own' : ''}`);
    entry.line = line;
    const text = element('span', 'text');
    if (entry.kind === 'message') {
      // bdi: a name or a sentence written from right to left must not reorder the rest of the line.
      text.append(element('bdi', 'name', entry.nickname), element('span', 'said', '说:'));
      text.append(element('bdi', 'words', entry.said));
      const author = `${entry.own ? 'own' : 'other'} ${entry.nickname}`;
      if (author === this.#lastAuthor) line.classList.add('continued');
      this.#lastAuthor = author;
      line.dataset.tone = toneOf(entry.nickname);
      line.dataset.initial = [...entry.nickname][0] ?? '';
    } else {
      text.textContent = entry.raw;
      this.#lastAuthor = null;
      if (entry.kind === 'notice') text.lang = 'zh-CN';
    }
    line.append(text);
    if (entry.kind === 'notice' && english) {
      const translation = entry.entered ? words.entered : words.left;
      line.append(element('span', 'translation', translation(entry.nickname)));
    }
    const time = element('time', 'time', clock.format(entry.at));
    time.dateTime = entry.at.toISOString();
    line.append(time);
    if (entry.unsent) this.markUnsent(entry);
    return line;
  }

  #onScroll() {
    this.#atBottom = log.scrollHeight - log.scrollTop - log.clientHeight < AT_BOTTOM_PIXELS;
    if (this.#atBottom) this.#belowCount = 0;
    this.#showNewer();
  }

  #toBottom() {
    log.scrollTop = log.scrollHeight;
    this.#atBottom = true;
    this.#belowCount = 0;
    this.#showNewer();
  }

  #showNewer() {
    newer.hidden = this.#atBottom;
    newer.textContent = this.#belowCount ? words.newer(this.#belowCount) : words.bottom;
    newer.classList.toggle('counting', this.#belowCount > 0);
  }
}

// One socket after another: reconnects by itself, later and later, and finds out when it is not welcome.
class Connection {
  static #patience = { first: 800, most: 30_000, opening: 15_000, proven: 10_000, soonest: 1_000 };
  #address = `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}/chat`;
  #socket = null;
  #attempts = 0;
  #startedAt = -Infinity;
  #retryTimer = 0;
  #openingTimer = 0;
  #provenTimer = 0;
  #queuedBytes = 0;
  #onWire = [];  // What was said on this socket and may still be in the browser: { end, entry }.

  constructor({ onLine, onState, onUnsent }) {
    Object.assign(this, { onLine, onState, onUnsent });
    addEventListener('online', () => this.hurry());
    document.addEventListener('visibilitychange', () => document.hidden || this.hurry());
    // A page that comes back from the back-forward cache has lost its socket.
    addEventListener('pageshow', (event) => event.persisted && this.hurry());
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  connect() {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = 0;
    this.#startedAt = performance.now();
    this.#queuedBytes = 0;
    this.#onWire = [];
    if (this.#attempts === 0) this.onState('connecting');
    const socket = new WebSocket(this.#address);
    this.#socket = socket;
    this.#openingTimer = setTimeout(() => socket.close(), Connection.#patience.opening);
    socket.addEventListener('open', () => this.#onOpen());
    socket.addEventListener('message', (event) => {
      if (typeof event.data === 'string') this.onLine(event.data);
    });
    socket.addEventListener('close', () => this.#onClose(socket), { once: true });
  }

  // Somebody is waiting, or the network is back: do not sit out the pause, but never hammer either.
  hurry() {
    if (!this.#retryTimer) return;
    clearTimeout(this.#retryTimer);
    const rested = performance.now() - this.#startedAt;
    this.#retryTimer = setTimeout(() => this.connect(), Math.max(0, Connection.#patience.soonest - rested));
  }

  say(entry, text) {
    this.#socket.send(text);
    this.#queuedBytes += byteLength(text);
    const gone = this.#queuedBytes - this.#socket.bufferedAmount;
    this.#onWire = this.#onWire.filter((said) => said.end > gone);
    this.#onWire.push({ end: this.#queuedBytes, entry });
  }

  #onOpen() {
    clearTimeout(this.#openingTimer);
    // Only a connection that lasts proves that all is well; one that opens and closes must slow down.
    this.#provenTimer = setTimeout(() => { this.#attempts = 0; }, Connection.#patience.proven);
    this.onState('connected');
  }

  async #onClose(socket) {
    clearTimeout(this.#openingTimer);
    clearTimeout(this.#provenTimer);
    const gone = this.#queuedBytes - socket.bufferedAmount;
    for (const { end, entry } of this.#onWire) if (end > gone) this.onUnsent(entry);
    this.onState('waiting');
    // A browser does not tell why a handshake failed, so ask whether the login is still good.
    if (this.#attempts > 0 && await loginIsOver()) return goToLogin();
    const pause = Math.min(Connection.#patience.most, Connection.#patience.first * 2 ** this.#attempts);
    this.#attempts += 1;
    // Half a pause either way, so that a thousand pages do not come back in the same instant.
    this.#retryTimer = setTimeout(() => this.connect(), pause * (0.5 + Math.random()));
  }
}

function byteLength(text) {
  return new TextEncoder().encode(text).length;
}

async function loginIsOver() {
  try {
    const answer = await fetch('/chat', { cache: 'no-store', signal: AbortSignal.timeout(10_000) });
    return answer.redirected && new URL(answer.url).pathname === '/login';
  } catch {
    return false;  // The server cannot be reached at all; that says nothing about the login.
  }
}

// What is half written outlives a lost login and a reload, in this tab only.
const draft = {
  key: `chatd.draft.${NICKNAME}`,
  keep: () => { try { sessionStorage.setItem(draft.key, field.value); } catch { /* Storage may be off. */ } },
  take: () => { try { return sessionStorage.getItem(draft.key) ?? ''; } catch { return ''; } },
};

function goToLogin() {
  draft.keep();
  location.replace('/login');
}

const messages = new Log();
const ownTabs = 'BroadcastChannel' in window ? new BroadcastChannel(`chatd.${NICKNAME}`) : null;
let wasConnected = false;

const connection = new Connection({
  onLine: (raw) => messages.add(parseLine(raw)),
  onState: (state) => {
    statusLine.dataset.state = state;
    statusLine.textContent = words[state];
    if (state !== 'connected') return;
    if (wasConnected) messages.add({ kind: 'gap', raw: words.gap });
    wasConnected = true;
    showHint('');
  },
  onUnsent: (entry) => messages.markUnsent(entry),
});

function showHint(text) {
  if (hint.textContent !== text) hint.textContent = text;
}

function say() {
  const text = field.value;
  if (!text.trim()) return;
  const size = byteLength(text);
  if (size > MESSAGE_BYTES_LIMIT) return showHint(words.tooLong(size, MESSAGE_BYTES_LIMIT));
  if (!connection.isOpen) {
    connection.hurry();
    return showHint(words.kept);
  }
  const entry = ownLine(text);
  connection.say(entry, text);
  ownTabs?.postMessage(text);
  messages.add(entry);
  messages.showLatest();
  field.value = '';
  showHint('');
  fitField();
}

function fitField() {
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
}

// An input method takes Enter to choose a word. Safari ends the composition before it reports that
// key, and then only its old number, 229, tells.
let composing = false;
field.addEventListener('compositionstart', () => { composing = true; });
field.addEventListener('compositionend', () => { composing = false; });
field.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey) return;
  if (composing || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  if (!event.repeat) say();
});
field.addEventListener('input', () => {
  showHint('');
  fitField();
});

composer.addEventListener('submit', (event) => {
  event.preventDefault();
  say();
  field.focus();
});

byId('quit').addEventListener('click', (event) => {
  event.preventDefault();
  field.value = '';
  byId('logout').requestSubmit();
});

ownTabs?.addEventListener('message', (event) => messages.add(ownLine(String(event.data))));
addEventListener('pagehide', draft.keep);

// Where the on-screen keyboard covers the page instead of shrinking it, shrink it from here.
visualViewport?.addEventListener('resize', () => {
  if (Math.abs(visualViewport.scale - 1) > 0.01) return;
  document.documentElement.style.setProperty('--visible-height', `${visualViewport.height}px`);
});

field.value ||= draft.take();
fitField();
connection.connect();

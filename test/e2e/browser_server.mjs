// A chatd of its own for each browser case: started on a free port, stopped by its own handle.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const binary = path.resolve(repository, process.env.CHATD ?? './chatd');
const START_MILLISECONDS = 15_000;
const STOP_MILLISECONDS = 15_000;

const running = new Set();

export class BrowserServer {
  #child = null;
  #log = [];

  static async start() {
    const server = new BrowserServer();
    server.stateDirectory = await mkdtemp(path.join(tmpdir(), 'chatd-browser-'));
    try {
      await server.listen(0);
    } catch (error) {
      await server.remove();
      throw error;
    }
    return server;
  }

  get origin() {
    return `http://127.0.0.1:${this.port}`;
  }

  // What the server wrote on stderr, for a case that failed.
  get log() {
    return this.#log.join('\n');
  }

  async listen(port) {
    const child = spawn(
      binary, ['--host', '127.0.0.1', '--port', String(port), '--state-dir', this.stateDirectory],
      { cwd: repository, stdio: ['ignore', 'inherit', 'pipe'] });
    this.#child = child;
    running.add(child);
    child.once('exit', () => running.delete(child));
    const lines = createInterface({ input: child.stderr });
    this.port = await new Promise((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`chatd did not say where it listens:\n${this.log}`)), START_MILLISECONDS);
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        clearTimeout(late);
        reject(new Error(`chatd ended (${code ?? signal}) before it listened:\n${this.log}`));
      });
      lines.on('line', (line) => {
        this.#log.push(line);
        const address = line.includes('listening') && /127\.0\.0\.1:(\d+)/.exec(line);
        if (!address) return;
        clearTimeout(late);
        resolve(Number(address[1]));
      });
    });
  }

  async stop() {
    const child = this.#child;
    if (!running.has(child)) return;
    const exited = once(child, 'exit');
    const stubborn = setTimeout(() => child.kill('SIGKILL'), STOP_MILLISECONDS);
    child.kill('SIGTERM');
    const [code, signal] = await exited;
    clearTimeout(stubborn);
    if (signal === 'SIGKILL') throw new Error(`chatd did not stop on SIGTERM:\n${this.log}`);
    if (code !== 0) throw new Error(`chatd stopped with ${code ?? signal}:\n${this.log}`);
  }

  async remove() {
    try {
      await this.stop();
    } finally {
      await rm(this.stateDirectory, { recursive: true, force: true });
    }
  }
}

// For the end of the process, when nothing can be waited for any more.
export function killAllServers() {
  for (const child of running) child.kill('SIGKILL');
}

// A room on uWebSockets' own publish, as a peer to measure chatd against: what one says, all others
// hear. The binary is loaded by its name, because the package's own entry would fall back to a room
// in JavaScript where there is none for this Node.js.
//
// usage: node room.mjs PORT [deflate]

import { createRequire } from "node:module";

const { platform, arch, versions } = process;
const binary = `uws_${platform}_${arch}_${versions.modules}.node`;
const uws = createRequire(import.meta.url)(`@trufflesuite/uws-js-unofficial/binaries/${binary}`);

const port = Number(process.argv[2]);
const deflates = process.argv[3] === "deflate";

uws
  .App()
  .ws("/*", {
    compression: deflates ? uws.SHARED_COMPRESSOR : uws.DISABLED,
    maxPayloadLength: 1 << 20,
    // Beyond it messages are dropped, and a delivery that is lost fails the run.
    maxBackpressure: 256 << 20,
    idleTimeout: 0,
    open(member) {
      member.subscribe("room");
    },
    message(author, data, isBinary) {
      author.publish("room", data, isBinary, deflates);
    },
  })
  .listen("127.0.0.1", port, (socket) => {
    if (!socket) {
      console.error(`port ${port} is taken`);
      process.exit(1);
    }
  });

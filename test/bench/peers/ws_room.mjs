// A room on npm's ws, as a peer to measure chatd against: what one says, all others hear.
//
// usage: node ws_room.mjs PORT [deflate]

import { WebSocketServer, WebSocket } from "ws";

const room = new WebSocketServer({
  host: "127.0.0.1",
  port: Number(process.argv[2]),
  backlog: 1024,
  perMessageDeflate: process.argv[3] === "deflate" ? { serverNoContextTakeover: true } : false,
});

room.on("connection", (author) => {
  author.on("error", () => {});
  author.on("message", (data, isBinary) => {
    for (const member of room.clients) {
      if (member !== author && member.readyState === WebSocket.OPEN) {
        member.send(data, { binary: isBinary });
      }
    }
  });
});

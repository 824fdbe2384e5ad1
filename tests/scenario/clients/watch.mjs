// Watches notices with the npm package `ws` and prints each message as a line of JSON.
// Usage: node watch.mjs URL CLASS...; the token is in TOCSIN_TOKEN. Ends when the connection does.
import WebSocket from "ws";

const [url, ...classes] = process.argv.slice(2);
const socket = new WebSocket(url);
const ask = (namespace, name, args) => socket.send(JSON.stringify({ namespace, name, id: "1", args }));
const tell = (what) => console.log(JSON.stringify(what));

socket.on("open", () => {
  ask("rpc", "auth_token", { token: process.env.TOCSIN_TOKEN });
  ask("events", "subscribe", classes);
});
socket.on("ping", () => tell({ ping: true }));
socket.on("message", (data) => tell(JSON.parse(data)));
socket.on("close", (code, reason) => tell({ closed: code, reason: reason.toString() }));

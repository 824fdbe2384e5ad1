// Keeps an open status page the same as a fresh one: times in the reader's zone, and each section
// replaced by the server's own rendering when it changes. Without this script the page is complete.

const SECTIONS = ["masthead", "answer", "issues", "maintenance", "components"];
const $ = (id) => document.getElementById(id);

// Times, in the same words as moment.py.

const DAYS = "Sun Mon Tue Wed Thu Fri Sat".split(" ");
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

const two = (number) => String(number).padStart(2, "0");
const hour = (at) => `${two(at.getHours())}:${two(at.getMinutes())}`;
const date = (at) => `${at.getDate()} ${MONTHS[at.getMonth()]}`;
const day = (at) => `${DAYS[at.getDay()]} ${date(at)}`;
const sameDay = (a, b) => a.toDateString() === b.toDateString();
const count = (number, unit) => `${number} ${unit}${number === 1 ? "" : "s"}`;
const pair = (whole, rest, unit) => (rest ? `${whole} ${count(rest, unit)}` : whole);

function span(ms) {
  const minutes = Math.floor(ms / 60_000);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (minutes < 1) return "less than a minute";
  if (hours < 1) return count(minutes, "minute");
  if (days < 1) return pair(count(hours, "hour"), minutes % 60, "minute");
  return pair(count(days, "day"), days < 7 && hours % 24, "hour");
}

const FORMS = {
  clock(at, now) {
    if (sameDay(at, now)) return hour(at);
    const year = at.getFullYear() === now.getFullYear() ? "" : ` ${at.getFullYear()}`;
    return `${date(at)}${year}, ${hour(at)}`;
  },
  ago(at, now) {
    if (at > now) return `in ${span(at - now)}`;
    return now - at < 60_000 ? "just now" : `${span(now - at).split(" ", 2).join(" ")} ago`;
  },
  span: (at, now) => span(now - at),
  window(at, now, until) {
    return `${day(at)}, ${hour(at)} to ${sameDay(at, until) ? "" : `${day(until)}, `}${hour(until)}`;
  },
};

function localise(within) {
  const now = new Date();
  for (const time of within.querySelectorAll("time")) {
    const at = new Date(time.dateTime);
    const text = FORMS[time.dataset.as](at, now, new Date(time.dataset.until));
    if (time.textContent !== text) time.textContent = text;
    time.title = `${day(at)} ${at.getFullYear()}, ${hour(at)}:${two(at.getSeconds())} ${ZONE}`;
    const there = time.nextElementSibling;
    if (there?.className === "there") there.hidden = there.textContent.startsWith(`(${text} `);
  }
}

// Sections. What is the same stays the same element, with its focus and its being open or not.

function morph(from, to) {
  if (to.nodeName === "DETAILS" && from.dataset?.trouble === to.dataset.trouble) to.open = from.open;
  if (from.isEqualNode(to)) return;
  if (from.nodeName !== to.nodeName || !from.dataset) return void from.replaceWith(to);
  for (const name of from.getAttributeNames()) if (!to.hasAttribute(name)) from.removeAttribute(name);
  for (const name of to.getAttributeNames()) from.setAttribute(name, to.getAttribute(name));
  morphChildren(from, to);
  mark(from);
}

function morphChildren(from, to) {
  const held = new Map([...from.children].map((child) => [child.id, child]));
  const wanted = new Set([...to.children].map((child) => child.id));
  for (const [id, child] of held) if (id && !wanted.has(id)) child.remove();
  let at = from.firstChild;
  const take = () => {
    const node = at;
    at = at.nextSibling;
    return node;
  };
  for (const next of [...to.childNodes]) {
    const mine = next.id && held.get(next.id);
    if (mine) {
      while (at && !at.id) take().remove();
      morph(at === mine ? take() : from.insertBefore(mine, at), next);
    } else if (next.id || !at || at.id) mark(from.insertBefore(next, at));
    else morph(take(), next);
  }
  while (at) take().remove();
}

const still = matchMedia("(prefers-reduced-motion: reduce)");

function mark(row) {
  if (still.matches || row.dataset?.row === undefined) return;
  row.animate({ backgroundColor: ["var(--tint, var(--none-tint))", "transparent"] }, 1_500);
}

function show(sections) {
  // What is being read stays where it is on the screen, whatever comes above it.
  const top = (element) => element.getBoundingClientRect().top;
  const inView = (element) => element.getClientRects().length && top(element) >= 0;
  const anchor = scrollY > 0 && [...document.querySelectorAll("main [id]")].find(inView);
  const before = anchor && top(anchor);
  for (const [id, html] of Object.entries(sections)) {
    const template = document.createElement("template");
    template.innerHTML = raw[id] = html;
    localise(template.content);
    morph($(id), template.content.firstElementChild);
  }
  if (anchor?.isConnected) scrollBy(0, top(anchor) - before);
  showHead();
}

function showHead() {
  const { title, icon, theme } = $("answer").dataset;
  const [light, dark] = document.querySelectorAll("meta[name=theme-color]");
  document.title = title;
  document.querySelector("link[rel=icon]").setAttribute("href", icon);
  [light.content, dark.content] = theme.split(" ");
}

// Whether the picture is current, said under the answer.

function say(state, words, at) {
  const line = $("connection");
  line.dataset.connection = state;
  line.innerHTML = at ? `${words} <time datetime="${at}" data-as="clock"></time>` : words;
  localise(line);
}

function sayLive() {
  asOf = null;
  const { changed } = $("answer").dataset;
  say("live", changed ? "Live · last change" : "Live", changed);
}

function sayLost() {
  asOf ??= new Date().toISOString();
  say("lost", "Reconnecting… as of", asOf);
}

// The stream. One tab of a browser holds it and hands on what comes; the others wait for its place.

const { stream } = document.body.dataset;
const raw = Object.fromEntries(SECTIONS.map((id) => [id, $(id).outerHTML]));
const tabs = new BroadcastChannel(stream);
let { picture } = document.body.dataset;
let asOf = document.querySelector("#connection time").dateTime; // null while live
let source = null;
let backoff = 1_000;
let timer = 0;

function connect() {
  const bypass = new URLSearchParams(location.search).get("bt");
  disconnect();
  source = new EventSource(
    `${stream}?${new URLSearchParams({ picture, ...(bypass && { bt: bypass }) })}`,
  );
  source.addEventListener("page", ({ data, lastEventId }) => {
    const sections = JSON.parse(data);
    const returned = asOf !== null;
    backoff = 1_000;
    take({ sections, picture: lastEventId });
    tabs.postMessage({ sections: returned ? raw : sections, picture });
  });
  source.addEventListener("error", () => {
    lose();
    if (source.readyState !== EventSource.CLOSED) return;
    timer = setTimeout(connect, backoff * (0.5 + Math.random()));
    backoff = Math.min(2 * backoff, 40_000);
  });
}

function disconnect() {
  clearTimeout(timer);
  source?.close();
}

function lose() {
  sayLost();
  tabs.postMessage({ lost: true });
}

function take(news) {
  picture = news.picture;
  show(news.sections);
  sayLive();
}

function hold() {
  connect();
  addEventListener("online", connect);
  addEventListener("offline", () => {
    disconnect();
    lose();
  });
  return new Promise(() => {});
}

tabs.addEventListener("message", ({ data }) => {
  if (data.sections) take(data);
  else if (data.lost) sayLost();
  else if (source) tabs.postMessage(asOf ? { lost: true } : { sections: raw, picture });
});

localise(document);
$("zone").textContent = `Times are in your zone, ${ZONE.replaceAll("_", " ")}.`;

let ticked = Date.now();
setInterval(() => {
  // A machine that slept has lost its connection, and its browser may not know it for minutes.
  if (source && Date.now() - ticked > 150_000) connect();
  ticked = Date.now();
  localise(document);
}, 10_000);

// Locks exist on secure origins only; elsewhere each tab holds a stream of its own.
if (navigator.locks) {
  tabs.postMessage({ hello: true });
  navigator.locks.request(stream, hold);
} else hold();

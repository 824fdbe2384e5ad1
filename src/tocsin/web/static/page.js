// Keeps an open status page the same as a fresh one: times in the reader's zone, and each section
// replaced by the server's own rendering when it changes. Without this script the page is complete.

const SECTIONS = ["masthead", "answer", "issues", "maintenance", "components"];
const SCHEME = "tocsin-scheme";
const $ = (id) => document.getElementById(id);

// Times, in the same words as moment.py.

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

const two = (number) => String(number).padStart(2, "0");
const hour = (at) => `${two(at.getHours())}:${two(at.getMinutes())}`;
const date = (at) => `${at.getDate()} ${MONTHS[at.getMonth()]}`;
const day = (at) => `${DAYS[at.getDay()]} ${date(at)}`;
const count = (number, unit) => `${number} ${unit}${number === 1 ? "" : "s"}`;
const pair = (whole, part) => (part.startsWith("0 ") ? whole : `${whole} ${part}`);
const sameDay = (a, b) => a.toDateString() === b.toDateString();

function span(ms) {
  const minutes = Math.floor(ms / 60_000);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (minutes < 1) return "less than a minute";
  if (hours < 1) return count(minutes, "minute");
  if (days < 1) return pair(count(hours, "hour"), count(minutes % 60, "minute"));
  if (days < 7) return pair(count(days, "day"), count(hours % 24, "hour"));
  return count(days, "day");
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
  window(at, now, time) {
    const until = new Date(time.dataset.until);
    return `${day(at)}, ${hour(at)} to ${sameDay(at, until) ? "" : `${day(until)}, `}${hour(until)}`;
  },
};

function localise(within) {
  const now = new Date();
  for (const time of within.querySelectorAll("time")) {
    const at = new Date(time.dateTime);
    const text = FORMS[time.dataset.as](at, now, time);
    if (time.textContent !== text) time.textContent = text;
    time.title = `${day(at)} ${at.getFullYear()}, ${hour(at)}:${two(at.getSeconds())} ${ZONE}`;
    const there = time.nextElementSibling;
    if (there?.className === "there") there.hidden = there.textContent.startsWith(`(${text} `);
  }
}

// Sections. What is the same stays the same element, with its focus and its being open or not.

function morph(from, to) {
  if (from.nodeName === "DETAILS" && from.dataset.trouble === to.dataset.trouble) to.open = from.open;
  if (from.isEqualNode(to)) return;
  if (from.nodeType !== Node.ELEMENT_NODE || from.nodeName !== to.nodeName) {
    from.replaceWith(to);
    return;
  }
  for (const { name } of [...from.attributes]) if (!to.hasAttribute(name)) from.removeAttribute(name);
  for (const { name, value } of to.attributes) {
    if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  morphChildren(from, to);
  if ("row" in from.dataset) mark(from);
}

function morphChildren(from, to) {
  const wanted = new Set([...to.children].map((child) => child.id));
  for (const child of [...from.children]) if (child.id && !wanted.has(child.id)) child.remove();
  let at = from.firstChild;
  for (const next of [...to.childNodes]) {
    const mine = next.id ? [...from.children].find((child) => child.id === next.id) : null;
    if (mine) while (at && at !== mine && !at.id) at = drop(at);
    if (mine ? at === mine : at && !at.id && !next.id) {
      const current = at;
      at = at.nextSibling;
      morph(current, next);
    } else {
      from.insertBefore(mine ?? next, at);
      if (mine) morph(mine, next);
      else if (next.dataset && "row" in next.dataset) mark(next);
    }
  }
  while (at) at = drop(at);
}

function drop(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

function mark(row) {
  row.classList.add("changed");
  setTimeout(() => {
    row.classList.remove("changed");
    if (!row.className) row.removeAttribute("class");
  }, 1_500);
}

function show(sections) {
  const top = (element) => element.getBoundingClientRect().top;
  const anchor =
    scrollY > 0 &&
    [...document.querySelectorAll("main [id]")].find((e) => e.getClientRects().length && top(e) >= 0);
  const before = anchor && top(anchor);
  for (const [id, html] of Object.entries(sections)) {
    const template = document.createElement("template");
    template.innerHTML = html;
    localise(template.content);
    morph($(id), template.content.firstElementChild);
    raw[id] = html;
  }
  if (anchor?.isConnected) scrollBy(0, top(anchor) - before);
  showHead();
}

function showHead() {
  const { title, icon, theme } = $("answer").dataset;
  const scheme = document.documentElement.dataset.scheme;
  const [light, dark] = theme.split(" ");
  const [first, second] = document.querySelectorAll("meta[name=theme-color]");
  document.title = title;
  document.querySelector("link[rel=icon]").setAttribute("href", icon);
  first.content = scheme === "dark" ? dark : light;
  second.content = scheme === "light" ? light : dark;
}

// Whether the picture is current, said under the answer.

function sayConnection(state, words, at) {
  const line = $("connection");
  line.dataset.connection = state;
  line.replaceChildren(words);
  if (!at) return;
  const time = Object.assign(document.createElement("time"), { dateTime: at });
  time.dataset.as = "clock";
  line.append(time);
  localise(line);
}

function sayLive() {
  asOf = null;
  const { changed } = $("answer").dataset;
  sayConnection("live", changed ? "Live · last change " : "Live", changed);
}

function sayLost() {
  asOf ??= new Date().toISOString();
  sayConnection("lost", "Reconnecting… as of ", asOf);
}

// The stream. One tab of a browser holds it and hands on what comes; the others wait for its place.

const { stream } = document.body.dataset;
const raw = Object.fromEntries(SECTIONS.map((id) => [id, $(id).outerHTML]));
const tabs = new BroadcastChannel(stream);
let { picture } = document.body.dataset;
let asOf = document.querySelector("#connection time").dateTime;
let source = null;
let backoff = 1_000;
let timer = 0;

function connect() {
  const query = new URLSearchParams({ picture });
  const bypass = new URLSearchParams(location.search).get("bt");
  if (bypass) query.set("bt", bypass);
  disconnect();
  source = new EventSource(`${stream}?${query}`);
  source.addEventListener("page", ({ data, lastEventId }) => {
    const whole = asOf !== null;
    backoff = 1_000;
    picture = lastEventId;
    show(JSON.parse(data));
    sayLive();
    tabs.postMessage({ picture, sections: whole ? raw : JSON.parse(data) });
  });
  source.addEventListener("error", () => {
    lose();
    if (source.readyState !== EventSource.CLOSED) return;
    timer = setTimeout(connect, backoff * (0.5 + Math.random()));
    backoff = Math.min(2 * backoff, 60_000);
  });
}

function disconnect() {
  clearTimeout(timer);
  source?.close();
}

function lose() {
  sayLost();
  tabs.postMessage({ lost: asOf });
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
  if (data.hello) {
    if (source) tabs.postMessage(asOf === null ? { picture, sections: raw } : { lost: asOf });
  } else if (data.lost) {
    sayLost();
  } else {
    picture = data.picture;
    show(data.sections);
    sayLive();
  }
});

function choose(scheme) {
  document.documentElement.dataset.scheme = scheme;
  $("scheme").querySelector(`[value="${scheme}"]`).checked = true;
  showHead();
}

function start() {
  localise(document);
  $("zone").textContent = `Times are in your zone, ${ZONE.replaceAll("_", " ")}.`;
  choose(document.documentElement.dataset.scheme ?? "");
  $("scheme").hidden = false;
  $("scheme").addEventListener("change", ({ target }) => {
    choose(target.value);
    localStorage.setItem(SCHEME, target.value);
  });
  addEventListener("storage", ({ key, newValue }) => key === SCHEME && choose(newValue ?? ""));

  let ticked = Date.now();
  setInterval(() => {
    // A machine that slept has lost its connection, and its browser may not know it for minutes.
    if (source && Date.now() - ticked > 150_000) connect();
    ticked = Date.now();
    localise(document);
  }, 10_000);

  // Locks exist on secure origins only; elsewhere each tab holds a stream of its own.
  if (!navigator.locks) return void hold();
  tabs.postMessage({ hello: true });
  return void navigator.locks.request(stream, hold);
}

start();

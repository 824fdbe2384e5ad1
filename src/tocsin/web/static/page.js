// Keeps an open status page the same as a fresh one: times in the reader's zone, and each section
// replaced by the server's own rendering when it changes. Without this script the page is complete.

const $ = (id) => document.getElementById(id);
const { stream, at: standing } = document.body.dataset;
const now = () => new Date(standing ?? Date.now());
let { times, live, bars } = JSON.parse($("footer").dataset.words);

// Times, in the same words as moment.py.

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

const fill = (text, given) => text.replace(/{(\w+)}/g, (_, name) => given[name]);
const count = (forms, n) => fill(forms[n === 1 ? 0 : 1], { n });
const pair = (whole, forms, rest) => (rest ? `${whole} ${count(forms, rest)}` : whole);
const two = (number) => String(number).padStart(2, "0");
const hour = (at) => `${two(at.getHours())}:${two(at.getMinutes())}`;
const sameDay = (a, b) => a.toDateString() === b.toDateString();
const until = (from, to) => fill(times.until, { from, until: to });
const onDate = (date, time) => fill(times.at, { date, time });

function date(at, withYear) {
  const month = times.months_short[at.getMonth()];
  return fill(withYear ? times.date_year : times.date, { day: at.getDate(), month, year: at.getFullYear() });
}

function day(at, withYear) {
  return fill(times.on_weekday, { weekday: times.weekdays[(at.getDay() + 6) % 7], date: date(at, withYear) });
}

function span(ms, units = times.span) {
  const minutes = Math.floor(ms / 60_000);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (minutes < 1) return units.moments;
  if (hours < 1) return count(units.minutes, minutes);
  if (days < 1) return pair(count(units.hours, hours), units.minutes, minutes % 60);
  return pair(count(units.days, days), units.hours, days < 7 && hours % 24);
}

const FORMS = {
  clock(at, now) {
    if (sameDay(at, now)) return hour(at);
    return onDate(date(at, at.getFullYear() !== now.getFullYear()), hour(at));
  },
  ago(at, now) {
    if (at > now) return fill(times.ahead, { span: span(at - now, times.off) });
    if (now - at < 60_000) return times.just_now;
    return fill(times.ago, { span: span(now - at, times.off).split(" ", 2).join(" ") });
  },
  span: (at, now) => span(now - at),
  lasting: (at, now, { already }) => span(already * 1_000 + Math.max(now - at, 0)),
  exact: (at) => onDate(day(at, true), `${hour(at)}:${two(at.getSeconds())}`),
  window(at, now, { until: end }) {
    const last = new Date(end);
    return until(onDate(day(at), hour(at)), sameDay(at, last) ? hour(last) : onDate(day(last), hour(last)));
  },
  extent(at, now, { until: end }) {
    const last = new Date(end);
    return sameDay(at, last) ? until(hour(at), hour(last)) : FORMS.window(at, now, { until: end });
  },
};

function localise(within) {
  for (const time of within.querySelectorAll("time")) {
    const at = new Date(time.dateTime);
    const text = FORMS[time.dataset.as](at, now(), time.dataset);
    if (time.textContent !== text) time.textContent = text;
    time.title = `${FORMS.exact(at)} ${ZONE}`;
    const there = time.nextElementSibling;
    if (there?.className === "there") there.hidden = there.textContent.startsWith(`(${text} `);
  }
  const zone = within.querySelector("#zone");
  if (zone) zone.textContent = fill(times.in_your_zone, { zone: ZONE.replaceAll("_", " ") });
}

// What the server renders alike for everybody, made this reader's.

const bypass = new URLSearchParams(location.search).get("bt");

function prepare(within) {
  localise(within);
  const scheme = within.querySelector("#scheme");
  if (scheme) scheme.hidden = false;
  for (const svg of within.querySelectorAll(".bars")) {
    svg.tabIndex = 0;
    svg.setAttribute("role", "slider");
    svg.setAttribute("aria-valuemin", -svg.viewBox.baseVal.width + 1);
    svg.setAttribute("aria-valuemax", 0);
    value(svg, 0, [day(dateOf(0, svg.closest("[data-today]").dataset.today), true)]);
  }
  if (!bypass) return;
  for (const own of within.querySelectorAll("form, a[href]:not(.prose a, [rel=noopener], [href^='#'])")) {
    const name = own.href ? "href" : "action";
    const to = own.getAttribute(name);
    if (/[?&]bt=/.test(to)) continue;
    own.setAttribute(name, `${to}${to.includes("?") ? "&" : "?"}${new URLSearchParams({ bt: bypass })}`);
  }
}

// A day of the bars that is pointed at, or reached with the arrow keys.

const card = $("pointed");
const wide = matchMedia("(min-width: 40rem)");
let pointed = null;
let leaving = 0;

function value(svg, ago, words) {
  svg.setAttribute("aria-valuenow", -ago);
  svg.setAttribute("aria-valuetext", words.join(", "));
}

function daysShown(svg) {
  const all = svg.viewBox.baseVal.width;
  return wide.matches ? all : Math.min(all, 30);
}

function dateOf(ago, today = $("components").dataset.today) {
  const date = new Date(`${today}T00:00`);
  date.setDate(date.getDate() - ago);
  return date;
}

function tell(svg, ago) {
  const mark = JSON.parse(svg.dataset.days).find(([day]) => day === ago);
  if (ago >= svg.dataset.known) return { lines: [bars.unknown], issues: [] };
  if (!mark) return { lines: [bars.quiet], issues: [] };
  const [, down, degraded, goesOn, since, issues] = mark;
  const lines = [];
  for (const [state, seconds] of [["outage", down], ["degraded", degraded]]) {
    const more = goesOn === state ? now() - since * 1_000 : 0;
    if (!seconds && goesOn !== state) continue;
    const trouble = fill(bars[state], { span: span(seconds * 1_000 + more) });
    lines.push(goesOn === state ? fill(bars.so_far, { trouble }) : trouble);
  }
  const titles = JSON.parse($("components").dataset.issues);
  return { lines: lines.length ? lines : [bars.quiet], issues: issues.map((place) => titles[place]) };
}

function make(name, content, given) {
  const element = Object.assign(document.createElement(name), given);
  element.append(...[content].flat());
  return element;
}

function point(svg, ago) {
  clearTimeout(leaving);
  if (pointed?.svg === svg && pointed.ago === ago) return;
  leave();
  pointed = { svg, ago };
  const { lines, issues } = tell(svg, ago);
  const date = dateOf(ago);
  const iso = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const list = issues.map(([id, title]) => make("li", make("a", title, { href: `issues/${id}` })));
  card.replaceChildren(
    make("b", make("a", day(date, true), { href: `history/${iso}` })),
    ...lines.map((line) => make("p", line)),
    ...(list.length ? [make("ul", list)] : []),
  );
  prepare(card);
  card.hidden = false;
  value(svg, ago, [day(date, true), ...lines, ...issues.map(([, title]) => title)]);
  place(svg, ago);
}

function place(svg, ago) {
  const shown = daysShown(svg);
  const at = shown - 1 - ago;
  const box = svg.getBoundingClientRect();
  const middle = box.left + ((at + 0.4) / shown) * box.width - card.offsetWidth / 2;
  const above = box.top - card.offsetHeight - 6;
  card.style.left = `${scrollX + Math.max(8, Math.min(middle, document.body.clientWidth - card.offsetWidth - 8))}px`;
  card.style.top = `${scrollY + (above < 8 ? box.bottom + 6 : above)}px`;
  svg.style.setProperty("--shown", shown);
  svg.style.setProperty("--at", at / Math.max(shown - 1, 1));
}

function leave() {
  clearTimeout(leaving);
  if (!pointed) return;
  pointed.svg.removeAttribute("style");
  value(pointed.svg, 0, [day(dateOf(0), true)]);
  pointed = null;
  card.hidden = true;
  card.removeAttribute("style");
  card.replaceChildren();
}

const STEPS = { ArrowLeft: 1, ArrowRight: -1, PageUp: 7, PageDown: -7, Home: 1e3, End: -1e3 };

function watchBars() {
  const under = ({ target }) => target.closest?.(".bars");
  const follow = (event) => {
    const svg = under(event);
    if (!svg) return;
    const { left, width } = svg.getBoundingClientRect();
    const shown = daysShown(svg);
    const at = Math.floor(((event.clientX - left) / width) * shown);
    point(svg, shown - 1 - Math.max(0, Math.min(at, shown - 1)));
  };
  addEventListener("pointermove", follow);
  addEventListener("pointerdown", follow);
  addEventListener("pointerover", (event) => {
    clearTimeout(leaving);
    if (pointed && !under(event) && !card.contains(event.target)) leaving = setTimeout(leave, 300);
  });
  addEventListener("focusin", (event) => {
    const svg = under(event);
    if (svg?.matches(":focus-visible")) point(svg, 0);
  });
  addEventListener("focusout", (event) => under(event) && leave());
  addEventListener("keydown", (event) => {
    const svg = under(event);
    if (event.key === "Escape") leave();
    if (!svg || !pointed) return;
    if (event.key === "Enter") card.querySelector("a").click();
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    point(svg, Math.max(0, Math.min(pointed.ago + STEPS[event.key], daysShown(svg) - 1)));
  });
  addEventListener("resize", leave);
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
  leave();
  const news = Object.entries(sections).map(([id, html]) => {
    const template = document.createElement("template");
    template.innerHTML = raw[id] = html;
    return [id, template.content];
  });
  const footer = news.find(([id]) => id === "footer")?.[1].firstElementChild;
  if (footer) ({ times, live, bars } = JSON.parse(footer.dataset.words));
  for (const [id, content] of news) {
    prepare(content);
    morph($(id), content.firstElementChild);
  }
  if (anchor?.isConnected) scrollBy(0, top(anchor) - before);
  showHead();
}

function showHead() {
  const { title, icon, theme } = $("answer").dataset;
  const [light, dark] = document.querySelectorAll("meta[name=theme-color]");
  document.title = title;
  document.documentElement.lang = $("footer").dataset.language;
  document.querySelector("link[rel=icon]").setAttribute("href", icon);
  [light.content, dark.content] = theme.split(" ");
  const { accent } = $("masthead").dataset;
  if (($("accent")?.getAttribute("href") ?? "") === accent) return;
  $("accent")?.remove();
  if (accent) document.head.append(make("link", [], { rel: "stylesheet", id: "accent", href: accent }));
}

// Whether the picture is current, said under the answer.

function say(state, words, at) {
  const line = $("connection");
  line.dataset.connection = state;
  line.innerHTML = fill(words, { time: `<time datetime="${at}" data-as="clock"></time>` });
  localise(line);
}

function sayLive() {
  asOf = null;
  const { changed } = $("answer").dataset;
  say("live", changed ? live.last_change : live.live, changed);
}

function sayLost() {
  asOf ??= new Date().toISOString();
  say("lost", live.reconnecting, asOf);
}

// The stream. One tab of a browser holds it and hands on what comes; the others wait for its place.

const SECTIONS = "masthead answer above issues maintenance components past below footer".split(" ");
const raw = {};
const tabs = new BroadcastChannel(stream ?? "");
let { picture } = document.body.dataset;
let asOf = null; // null while live
let source = null;
let backoff = 1_000;
let timer = 0;

function connect() {
  disconnect();
  source = new EventSource(`${stream}?${new URLSearchParams({ picture, ...(bypass && { bt: bypass }) })}`);
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

function follow() {
  for (const id of SECTIONS) raw[id] = $(id).outerHTML;
  asOf = document.querySelector("#connection time").dateTime;
  tabs.addEventListener("message", ({ data }) => {
    if (data.sections) take(data);
    else if (data.lost) sayLost();
    else if (source) tabs.postMessage(asOf ? { lost: true } : { sections: raw, picture });
  });
  // Locks exist on secure origins only; elsewhere each tab holds a stream of its own.
  if (navigator.locks) {
    tabs.postMessage({ hello: true });
    navigator.locks.request(stream, hold);
  } else hold();
}

if (stream) follow();
prepare(document);
if (card) watchBars();

let ticked = Date.now();
setInterval(() => {
  // A machine that slept has lost its connection, and its browser may not know it for minutes.
  if (source && Date.now() - ticked > 150_000) connect();
  ticked = Date.now();
  localise(document);
}, 10_000);

// The clusters and what is on air; every change arrives as a server-sent event.
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const languages = read("languages");
const clusters = new Map(read("clusters").map((cluster) => [cluster.id, cluster]));
const onlyEnrolled = document.getElementById("only-enrolled");

const CONNECTIONS = {
  online: ["●", "đang kết nối", "good"],
  offline: ["○", "đã tắt", "dim"],
  lost: ["▲", "mất kết nối", "bad"],
  never: ["○", "chưa kích hoạt", "dim"],
};
const STATES = { playing: "đang phát", paused: "tạm dừng", stopped: "im lặng" };

const languageName = (tag) => languages[tag] ?? languages[tag.split("-")[0]] ?? tag;
const clock = (samples) => {
  const seconds = Math.max(0, Math.floor(samples / 48000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};
const timeOf = (iso, timeZone) => (iso ? new Date(iso).toLocaleTimeString("vi-VN", { hour12: false, timeZone }) : "—");

function element(name, text = "", className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function cell(text, className = "") {
  return element("td", text, text === "—" ? `${className} empty` : className);
}

function row(cluster) {
  const { status } = cluster;
  const connection = cluster.connection === "never" && cluster.enrolled ? "offline" : cluster.connection;
  const [sign, word, mood] = CONNECTIONS[connection];
  const sounds = connection === "online" && status?.playing;
  const line = element("tr", "", sounds ? "sounding" : "");
  const name = element("th", cluster.name);
  name.scope = "row";
  name.append(element("small", `${cluster.area.path} · ${cluster.code}`));
  const connected = element("td", `${sign} ${word}`, mood);
  const state = connection === "online" && status ? STATES[status.state] : "—";
  line.append(
    name,
    cell(cluster.language_plan.map(languageName).join(", ")),
    connected,
    cell(sounds ? `${state}: ${status.playing.title} (${languageName(status.playing.language)})` : state),
    cell(status ? `${status.volume}` : "—", "number"),
    cell(status?.clock ? `${status.clock.offset_ms.toFixed(1)} ± ${status.clock.error_ms.toFixed(1)} ms` : "—", "number"),
    cell(status ? `${status.cache.files}${status.cache.missing ? `, thiếu ${status.cache.missing}` : ""}` : "—", "number"),
    cell(timeOf(cluster.last_heard, cluster.station.time_zone)),
  );
  return line;
}

function onAir(cluster) {
  const { playing } = cluster.status;
  const card = element("article");
  card.append(
    element("strong", playing.title),
    element("span", `${cluster.name} — ${languageName(playing.language)}`),
    element("small", `đang ở ${clock(playing.position_samples)}, âm lượng ${cluster.status.volume}`),
  );
  return card;
}

function draw() {
  const all = [...clusters.values()];
  const enrolled = all.filter((cluster) => cluster.enrolled);
  const online = all.filter((cluster) => cluster.connection === "online");
  const sounding = online.filter((cluster) => cluster.status?.playing);
  document.getElementById("counts").textContent =
    `${all.length} cụm loa, ${enrolled.length} đã kích hoạt, ${online.length} đang kết nối, ${sounding.length} đang phát.`;
  const cards = sounding.map(onAir);
  document.getElementById("on-air").replaceChildren(...(cards.length ? cards : [element("p", "Không cụm loa nào đang phát.")]));
  const shown = onlyEnrolled.checked && enrolled.length ? enrolled : all;
  document.getElementById("rows").replaceChildren(...shown.map(row));
}

function link(text, mood) {
  const place = document.getElementById("link");
  place.textContent = text;
  place.className = mood;
}

onlyEnrolled.addEventListener("change", draw);
draw();
const events = new EventSource("/api/v1/events");
events.addEventListener("open", () => link("● Đang cập nhật trực tiếp", "good"));
// A browser asks again by itself after a lost connection, but never after a refusal: then we ask whether we may come back.
async function comeBack() {
  const answer = await fetch("/api/v1/clusters").catch(() => null);
  if (answer?.ok || answer?.status === 401) location.reload(); // Without a log-in that leads to the log-in page.
  else setTimeout(comeBack, 5000);
}
events.addEventListener("error", () => {
  link("▲ Mất liên lạc với máy chủ; đang nối lại…", "bad");
  if (events.readyState === EventSource.CLOSED) setTimeout(comeBack, 2000);
});
events.addEventListener("clusters", (event) => {
  for (const cluster of JSON.parse(event.data).items) clusters.set(cluster.id, cluster);
  draw();
});

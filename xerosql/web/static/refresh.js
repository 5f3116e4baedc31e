// Keeps the part of the page with the id "live" up to date, unless that is switched off or somebody is at work in it.
"use strict";

const place = document.getElementById("refresh");
const seconds = Number(place.dataset.seconds);
const label = document.createElement("label");
const box = document.createElement("input");
box.type = "checkbox";
box.checked = localStorage.getItem("xerosql-refresh") !== "off";
box.addEventListener("change", () => localStorage.setItem("xerosql-refresh", box.checked ? "on" : "off"));
label.append(box, ` Refresh every ${seconds} seconds`);
place.append(label);
place.hidden = false;

function busy() {
  const live = document.getElementById("live");
  return document.hidden || live.contains(document.activeElement) || live.querySelector("input:checked") !== null;
}

async function refresh() {
  if (!box.checked || busy()) return;
  const answer = await fetch(location.href, { redirect: "manual" });
  if (!answer.ok || busy()) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("live");
  if (fresh !== null) document.getElementById("live").replaceWith(fresh);
}

setInterval(() => refresh().catch(() => undefined), seconds * 1000);

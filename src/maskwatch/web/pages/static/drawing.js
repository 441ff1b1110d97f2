// Boxes, zones and lines over a picture on a canvas. Places are shares 0..1 of the picture, sizes CSS pixels.

import { cssVariable, DOUBTS, siteFont, STATES } from "./format.js";

const LABEL_PX = 13;
const DARK = "rgb(8 10 14 / 78%)";
const ZONE = "#ffffff";

/** A canvas's context that takes CSS pixels, as large as the canvas is on the page. */
export function sharpContext(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/** The outline twice, dark under light, so that it is seen on any picture. */
function outlined(context, path, colour, width, dash = []) {
  context.lineJoin = "round";
  context.setLineDash([]);
  context.strokeStyle = DARK;
  context.lineWidth = width + 2;
  context.stroke(path);
  context.setLineDash(dash);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke(path);
  context.setLineDash([]);
}

/** Words on a dark plate, kept inside the picture; gives the plate's width. */
export function plate(context, words, x, y, { width, ink = "#ffffff", paper = DARK, indent = 0 }) {
  context.font = `600 ${LABEL_PX}px ${siteFont()}`;
  const wide = context.measureText(words).width + 10 + indent;
  const left = Math.max(0, Math.min(x, width - wide));
  context.fillStyle = paper;
  context.fillRect(left, y, wide, LABEL_PX + 7);
  context.fillStyle = ink;
  context.textBaseline = "middle";
  context.fillText(words, left + (indent ? 2 : 5) + indent, y + (LABEL_PX + 7) / 2 + 0.5);
  return { left, wide };
}

export function polygonPath(points, { width, height }) {
  const path = new Path2D();
  points.forEach(([x, y], i) => (i ? path.lineTo(x * width, y * height) : path.moveTo(x * width, y * height)));
  path.closePath();
  return path;
}

/** Zones with their names; where no mask is required, the outline is dotted. */
export function drawZones(context, zones, size) {
  for (const zone of zones) {
    const path = polygonPath(zone.polygon, size);
    context.fillStyle = "rgb(255 255 255 / 7%)";
    context.fill(path);
    outlined(context, path, ZONE, 1.5, zone.mask_required ? [] : [2, 5]);
  }
  for (const zone of zones) {
    const lowest = zone.polygon.reduce((best, each) => (each[1] - each[0] > best[1] - best[0] ? each : best));
    const y = Math.min(lowest[1] * size.height, size.height) - LABEL_PX - 11;
    plate(context, zone.name, lowest[0] * size.width + 4, y, size);
  }
}

/** Lines with their names and an arrow the way that is in. */
export function drawLines(context, lines, { width, height }) {
  for (const line of lines) {
    const [x1, y1, x2, y2] = [line.start[0] * width, line.start[1] * height, line.end[0] * width, line.end[1] * height];
    const [long, x, y] = [Math.hypot(x2 - x1, y2 - y1) || 1, (x1 + x2) / 2, (y1 + y2) / 2];
    const [dx, dy] = [(x2 - x1) / long, (y2 - y1) / long];
    const path = new Path2D();
    path.moveTo(x1, y1);
    path.lineTo(x2, y2);
    // In is from the left of the line to its right, seen from its start.
    const tip = [x - dy * 18, y + dx * 18];
    path.moveTo(x, y);
    path.lineTo(...tip);
    for (const side of [1, -1]) {
      path.moveTo(...tip);
      path.lineTo(tip[0] + dy * 6 + side * dx * 5, tip[1] - dx * 6 + side * dy * 5);
    }
    outlined(context, path, ZONE, 2, [7, 4]);
    const top = y1 < y2 ? [x1, y1] : [x2, y2];
    plate(context, line.name, top[0] + 6, Math.min(Math.max(6, top[1] + 6), height - 26), { width });
  }
}

/** Everybody in the picture: colour, symbol and words say the same. Who was not found in this very frame is dashed. */
export function drawBoxes(context, boxes, { width, height }, { names = true } = {}) {
  for (const box of boxes) {
    const colour = cssVariable(STATES[box.state].colour);
    const [x, y] = [box.left * width, box.top * height];
    const path = new Path2D();
    path.rect(x, y, (box.right - box.left) * width, (box.bottom - box.top) * height);
    outlined(context, path, colour, 2.5, box.seen ? [] : [5, 4]);
    labelBox(context, box, x, y, colour, { width, height }, names);
  }
}

function labelBox(context, box, x, y, colour, { width, height }, names) {
  const words = names ? (box.doubt ? DOUBTS[box.doubt] : STATES[box.state].label) : "";
  const tall = LABEL_PX + 7;
  const below = y < tall;
  const top = below ? Math.min(box.bottom * height, height - tall) : y - tall;
  const { left } = plate(context, words, x - 1, top, { width, indent: tall + 2 });
  context.fillStyle = colour;
  context.fillRect(left, top, tall, tall);
  context.save();
  context.translate(left + 3, top + 3);
  context.scale((tall - 6) / 16, (tall - 6) / 16);
  context.strokeStyle = box.state === "mask" ? cssVariable("--on-mask") : cssVariable("--on-other");
  Object.assign(context, { lineWidth: 2.6, lineCap: "round", lineJoin: "round" });
  context.stroke(new Path2D(STATES[box.state].path));
  context.restore();
}

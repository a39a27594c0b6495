import sharp from "sharp";

const WIDTH = 1280;
const HEIGHT = 720;
const COLUMNS = 6;
const ROWS = 2;
/** From bare soil to grown, then sown again. */
const GROWTH_MS = 60 * 60 * 1000;
/** A day under the lamp: light and dark in turn. */
const LAMP_MS = 4 * 60 * 1000;

/**
 * Draws what the demo camera sees at a moment: a tray of seedlings that grows for an hour, under a lamp that dims and
 * brightens, beside a clock. A JPEG with the EXIF of a camera that knows its time zone. No text: a bare machine has no fonts.
 */
export async function drawFrame(at: Date): Promise<Buffer> {
  const light = lightAt(at);
  return await sharp(Buffer.from(svgOf(at, light)))
    .flatten({ background: "#000" })
    .withExif({
      IFD0: { Make: "PiLab", Model: "Demo camera", Software: "npm start" },
      IFD2: {
        DateTimeOriginal: exifTime(at),
        OffsetTimeOriginal: "+00:00",
        OffsetTime: "+00:00",
        SubSecTimeOriginal: at.getUTCMilliseconds().toString().padStart(3, "0"),
        ExposureTime: `1/${Math.round(20 + 180 * light)}`,
        FNumber: "18/10",
        ISOSpeedRatings: String(Math.round(800 - 700 * light)),
        FocalLength: "474/100",
      },
    })
    .jpeg({ quality: 82 })
    .toBuffer();
}

/** How bright the lamp is at a moment, 0.25–1. */
export function lightAt(at: Date): number {
  return 0.625 - 0.375 * Math.cos((2 * Math.PI * (at.getTime() % LAMP_MS)) / LAMP_MS);
}

/** How far the seedlings are at a moment, 0–1. */
export function growthAt(at: Date): number {
  return (at.getTime() % GROWTH_MS) / GROWTH_MS;
}

function svgOf(at: Date, light: number): string {
  const cells = Array.from({ length: COLUMNS * ROWS }, (_, i) => cell(i, growthAt(at))).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">
    <defs><radialGradient id="lamp" cx="0.45" cy="0.1" r="1"><stop offset="0" stop-color="#fdf6e3"/><stop offset="1" stop-color="#8d8468"/></radialGradient></defs>
    <rect width="100%" height="100%" fill="url(#lamp)"/>
    <rect x="60" y="90" width="960" height="570" rx="18" fill="#3c4043"/>
    ${cells}${clock(at)}
    <rect width="100%" height="100%" fill="#000" opacity="${(1 - light).toFixed(3)}"/>
  </svg>`;
}

/** One pot; each has its own vigour, so that the rows are uneven as real ones are. */
function cell(index: number, growth: number): string {
  const x = 80 + (index % COLUMNS) * 156;
  const y = 110 + Math.floor(index / COLUMNS) * 270;
  const vigour = 0.55 + 0.45 * Math.abs(Math.sin(index * 12.9898));
  const height = 200 * vigour * Math.max(0, growth - 0.05 * (index % 3));
  const [foot, top] = [y + 245, y + 245 - height];
  const lean = 12 * Math.sin(index * 3.7);
  const pairs = Math.min(4, Math.floor(height / 40) + (height > 8 ? 1 : 0));
  const leaves = Array.from({ length: pairs }, (_, i) =>
    leafPair(x + 70 + lean, top + (i * height) / 4.5, 8 + height / 8 + i * 3),
  );
  return `<rect x="${x}" y="${y}" width="140" height="250" rx="10" fill="#4a3526"/>
    <ellipse cx="${x + 70}" cy="${foot}" rx="60" ry="10" fill="#2e2017"/>
    <path d="M${x + 70} ${foot} q 0 ${-height / 2} ${lean} ${-height}" stroke="#5d8f3a" stroke-width="${3 + height / 50}" fill="none"/>${leaves.join("")}`;
}

function leafPair(x: number, y: number, size: number): string {
  return [-1, 1]
    .map(
      (side) =>
        `<ellipse cx="${x + side * size}" cy="${y}" rx="${size}" ry="${size / 2.4}" fill="#6fae45" transform="rotate(${side * -18} ${x} ${y})"/>`,
    )
    .join("");
}

function clock(at: Date): string {
  const [x, y, radius] = [1150, 200, 95];
  const seconds =
    at.getUTCHours() * 3600 + at.getUTCMinutes() * 60 + at.getUTCSeconds() + at.getUTCMilliseconds() / 1000;
  const hand = (turns: number, length: number, width: number, colour: string) =>
    `<line x1="${x}" y1="${y}" x2="${x}" y2="${y - length}" stroke="${colour}" stroke-width="${width}" stroke-linecap="round" transform="rotate(${(turns * 360).toFixed(2)} ${x} ${y})"/>`;
  const marks = Array.from(
    { length: 12 },
    (_, i) => `<circle cx="${x}" cy="${y - 82}" r="4" fill="#333" transform="rotate(${i * 30} ${x} ${y})"/>`,
  );
  return `<circle cx="${x}" cy="${y}" r="${radius}" fill="#fafafa" stroke="#333" stroke-width="5"/>${marks.join("")}
    ${hand(seconds / 43_200, 45, 8, "#222")}${hand(seconds / 3600, 68, 5, "#222")}${hand(seconds / 60, 75, 2, "#c0392b")}`;
}

function exifTime(at: Date): string {
  return at.toISOString().slice(0, 19).replace("T", " ").replaceAll("-", ":");
}

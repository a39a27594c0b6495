import type { Browser } from "playwright-core";

const SIZE = { width: 960, height: 720 };

/** What a lab's cameras see; `growth` goes from 0 to 1 over a series, `light` from night to day. */
export interface Moment {
  readonly growth: number;
  readonly light: number;
}

/** A camera's subject. */
export type Scene = "seedlings" | "dish" | "roof";

/** Draws pictures in the browser that is there anyway: for looking at, where the bytes of a test's pictures are for measuring. */
export async function createPainter(browser: Browser): Promise<{
  paint(scene: Scene, moment: Moment): Promise<Buffer>;
  close(): Promise<void>;
}> {
  const page = await browser.newPage({ viewport: SIZE });
  return {
    async paint(scene, moment) {
      const { width, height } = SIZE;
      await page.setContent(
        `<body style="margin:0"><svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">` +
          `${SCENES[scene](moment)}<rect width="${width}" height="${height}" fill="#020617" opacity="${(0.6 * (1 - moment.light)).toFixed(3)}"/></svg>`,
      );
      return await page.screenshot({ type: "jpeg", quality: 85 });
    },
    close: () => page.close(),
  };
}

const SCENES: Record<Scene, (moment: Moment) => string> = {
  seedlings({ growth }) {
    const pots = Array.from({ length: 8 }, (_, index) => pot(index, growth));
    return `<defs><linearGradient id="bench" x2="0" y2="1"><stop stop-color="#e7e0d0"/><stop offset="1" stop-color="#b9ac91"/></linearGradient></defs>
      <rect width="960" height="720" fill="url(#bench)"/><rect x="40" y="60" width="880" height="610" rx="22" fill="#3f4448"/>${pots.join("")}`;
  },
  dish({ growth }) {
    const colonies = Array.from({ length: 34 }, (_, index) => {
      const angle = index * 2.39996;
      const distance = 34 * Math.sqrt(index) + 12 * noise(index);
      const radius = Math.max(0, growth - 0.4 * noise(index + 50)) * (10 + 26 * noise(index + 99));
      const [x, y] = [480 + distance * 1.5 * Math.cos(angle), 360 + distance * 1.5 * Math.sin(angle)];
      return `<circle cx="${x}" cy="${y}" r="${radius}" fill="${["#f8f1d4", "#efe0a8", "#e9d6c1"][index % 3]}" stroke="#cbb784"/>`;
    });
    return `<defs><radialGradient id="agar"><stop stop-color="#c65a4a"/><stop offset="1" stop-color="#8f3a34"/></radialGradient></defs>
      <rect width="960" height="720" fill="#20262b"/><circle cx="480" cy="360" r="338" fill="#cfd8dc" opacity=".35"/>
      <circle cx="480" cy="360" r="320" fill="url(#agar)"/>${colonies.join("")}
      <path d="M250 190a300 300 0 0 1 190-120" stroke="#fff" stroke-width="12" stroke-linecap="round" fill="none" opacity=".35"/>`;
  },
  roof({ growth, light }) {
    const clouds = Array.from({ length: 6 }, (_, index) => {
      const x = ((index * 197 + growth * 2400) % 1160) - 100;
      return `<ellipse cx="${x}" cy="${100 + 46 * index}" rx="${80 + 50 * noise(index)}" ry="${18 + 14 * noise(index + 9)}" fill="#fff" opacity=".75"/>`;
    });
    const panels = Array.from({ length: 5 }, (_, index) => {
      const x = 90 + index * 165;
      return `<path d="M${x} 640l40-150h112l-12 150z" fill="#1e3a5f" stroke="#9fb3c8" stroke-width="4"/><path d="M${x + 20} 565h126M${x + 96} 490l-26 150" stroke="#9fb3c8" stroke-width="2"/>`;
    });
    return `<defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="${light > 0.5 ? "#5aa2dc" : "#31507d"}"/><stop offset="1" stop-color="#f6d7a8"/></linearGradient></defs>
      <rect width="960" height="720" fill="url(#sky)"/>${clouds.join("")}<rect y="470" width="960" height="250" fill="#6b6f76"/>${panels.join("")}`;
  },
};

function pot(index: number, growth: number): string {
  const [x, y] = [76 + (index % 4) * 206, 92 + Math.floor(index / 4) * 284];
  const height = 190 * growth * (0.6 + 0.4 * noise(index));
  const lean = 26 * (noise(index + 20) - 0.5);
  const foot = y + 226;
  const leaves = Array.from({ length: Math.ceil(height / 42) }, (_, pair) => {
    const at = foot - height + pair * 40;
    const size = 10 + height / 7 + pair * 4;
    return [-1, 1]
      .map(
        (side) =>
          `<ellipse cx="${x + 95 + lean + side * size * 0.9}" cy="${at}" rx="${size}" ry="${size / 2.6}" fill="${pair % 2 ? "#5f9c3c" : "#74b34b"}" transform="rotate(${side * -20} ${x + 95} ${at})"/>`,
      )
      .join("");
  });
  return `<rect x="${x}" y="${y}" width="190" height="254" rx="14" fill="#4d382a"/><ellipse cx="${x + 95}" cy="${foot}" rx="78" ry="15" fill="#2f2118"/>
    <path d="M${x + 95} ${foot}q0 ${-height / 2} ${lean} ${-height}" stroke="#5b8a39" stroke-width="${4 + height / 50}" fill="none"/>${leaves.join("")}`;
}

/** 0 to 1, always the same for a number. */
function noise(seed: number): number {
  const value = Math.abs(Math.sin(seed * 12.9898 + 4.1) * 43_758.5453);
  return value - Math.floor(value);
}

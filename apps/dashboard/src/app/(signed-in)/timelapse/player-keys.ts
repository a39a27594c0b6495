/** What a key does: a number is a step of that many frames. */
export type PlayerAction = "toggle" | "first" | "last" | "faster" | "slower" | number;

/**
 * The player's keys: Space plays and pauses, left and right step (ten with Shift), up and down change the speed, Home and End
 * go to the ends. A control that has the focus keeps the keys that are its own.
 */
export function playerKey(
  key: string,
  { shift, on }: { shift: boolean; on: "field" | "button" | "other" },
): PlayerAction | undefined {
  if (on === "field") return undefined;
  if (key === " ") return on === "button" ? undefined : "toggle";
  const size = shift ? 10 : 1;
  switch (key) {
    case "ArrowLeft":
      return -size;
    case "ArrowRight":
      return size;
    case "ArrowUp":
      return "faster";
    case "ArrowDown":
      return "slower";
    case "Home":
      return "first";
    case "End":
      return "last";
    default:
      return undefined;
  }
}

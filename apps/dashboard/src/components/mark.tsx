/** The sign of PiLab: an aperture. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="var(--mantine-color-teal-9)" />
      <g fill="none" stroke="#fff">
        <circle cx="16" cy="16" r="9" strokeWidth="2.4" />
        <path
          d="M16 7l4.5 7.8M25 16h-9M20.5 23.8L16 16M11.5 8.2L16 16M7 16h9M11.5 23.8L16 16"
          strokeWidth="1.6"
        />
      </g>
    </svg>
  );
}

"use client";
import Link from "next/link";
import { usePathname } from "next/navigation";
import classes from "./section-tabs.module.css";

/** One page of a section. */
export interface SectionTab {
  readonly href: string;
  readonly label: string;
}

/** The pages of a section, as links that look like tabs. The longest address that the present one begins with is current. */
export function SectionTabs({ label, tabs }: { label: string; tabs: readonly SectionTab[] }) {
  const path = usePathname();
  const current = tabs
    .filter(({ href }) => path === href || path.startsWith(`${href}/`))
    .toSorted((a, b) => b.href.length - a.href.length)[0];
  return (
    <nav aria-label={label} className={classes.tabs}>
      {tabs.map((tab) => (
        <Link
          key={tab.href}
          href={tab.href}
          className={classes.tab}
          aria-current={tab === current ? "page" : undefined}
        >
          {tab.label}
        </Link>
      ))}
    </nav>
  );
}

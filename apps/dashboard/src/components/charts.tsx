"use client";
import type { AreaChartProps, BarChartProps } from "@mantine/charts";
import { lazy } from "react";
import { later } from "../lib/later.ts";
import { WhenNear } from "./when-near.tsx";

// They are most of a page's script, and stand far down.
const script = () => later(() => import("./charts-script.ts"));
const LazyAreaChart = lazy(async () => ({ default: (await script()).AreaChart }));
const LazyBarChart = lazy(async () => ({ default: (await script()).BarChart }));

/** An area chart, drawn when it comes near the screen. */
export function AreaChart(props: AreaChartProps & { h: number }) {
  return (
    <WhenNear height={props.h}>
      <LazyAreaChart {...props} />
    </WhenNear>
  );
}

/** A bar chart, drawn when it comes near the screen. */
export function BarChart(props: BarChartProps & { h: number }) {
  return (
    <WhenNear height={props.h}>
      <LazyBarChart {...props} />
    </WhenNear>
  );
}

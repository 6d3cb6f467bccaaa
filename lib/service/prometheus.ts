/**
 * Prometheus' text format, version 0.0.4.
 *
 * @module
 */

/** Content type of the format. */
export const metricsType = "text/plain; version=0.0.4; charset=utf-8";

/** One series at one moment. */
export interface Sample {
  /** What follows the family's name: `_bucket`, `_sum`, `_count`. */
  readonly suffix?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** All series of one name. */
export interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** What a histogram has counted. */
export interface HistogramCounts {
  /** Upper bounds, ascending; the last bucket, for all others, has none. */
  readonly bounds: readonly number[];
  /** How many values each bound was the first not to be exceeded by; one more for those beyond the last. */
  readonly buckets: readonly number[];
  /** Of all values. */
  readonly sum: number;
}

/** A histogram's series: each bucket holds those before it, too. */
export function histogram(
  labels: Readonly<Record<string, string>>,
  { bounds, buckets, sum }: HistogramCounts,
): readonly Sample[] {
  let count = 0;
  const samples: Sample[] = [...bounds, Infinity].map((bound, index) => {
    count += buckets[index] ?? 0;
    return { suffix: "_bucket", labels: { ...labels, le: number(bound) }, value: count };
  });
  return [...samples, { suffix: "_sum", labels, value: sum }, { suffix: "_count", labels, value: count }];
}

/** A family with its head lines. */
export function renderFamily({ name, type, help, samples }: Family): string {
  const lines = samples.map(({ suffix = "", labels = {}, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
    return `${name}${suffix}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${number(value)}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function number(value: number): string {
  return value === Infinity ? "+Inf" : String(value);
}

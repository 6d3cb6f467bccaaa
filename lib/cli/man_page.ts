/**
 * The manual page, in the man macros of roff (man(7)), from the command records and the option tables.
 *
 * @module
 */

import { explainSection, shownTables } from "../config/explain.ts";
import { type Command, type OptionSpec } from "./command.ts";
import { installedConfigFile } from "./config_file.ts";
import { globalOptions } from "./global_options.ts";
import { guides, guideSummary } from "./guides.ts";
import { exitMeanings } from "./usage.ts";
import { wrap } from "./wrap.ts";

/** Longest line of the source: mandoc complains of more than 80 bytes. */
const sourceWidth = 78;

/** The whole page, for section 1 of the manual. */
export function manPage(commands: readonly Command[], version: string): string {
  return [
    '.\\" Made by: duoproxy man',
    `.TH DUOPROXY 1 "" "duoproxy ${escape(version)}" "duoproxy"`,
    ".SH NAME",
    escape("duoproxy - answer RADIUS from VPN gateways, with Duo as the second factor"),
    ".SH SYNOPSIS",
    `.B duoproxy\n${italic("COMMAND")}\n[${italic("OPTIONS")}]`,
    ".SH DESCRIPTION",
    paragraph(
      "duoproxy stands where the Duo Authentication Proxy stood: it reads the same authproxy.cfg, answers the RADIUS " +
        "requests of VPN gateways, and asks Duo for the second factor. It may use the network and read files, and " +
        "nothing else.",
    ),
    ".SH COMMANDS",
    ...commands.map(commandPart),
    ".SH GLOBAL OPTIONS",
    paragraph("Every command takes these, before its name or behind it."),
    ...globalOptions.map(optionPart),
    ".SH CONFIGURATION",
    paragraph(
      "The file is made of sections and of options in them, name=value or name: value, one a line. Names are read " +
        "without case. A line that begins with # or ; is a remark. N stands for a number from 1 up.",
    ),
    ...shownTables().flatMap((table) => [
      `.SS ${heading(`[${table.type}]`)}`,
      paragraph(table.doc),
      ...explainSection(table).map(([term, text]) => item(bold(term), text)),
    ]),
    ".SH GUIDES",
    paragraph("duoproxy explain shows these by their names."),
    ...guides.map((guide) => item(bold(guide.name), guideSummary(guide))),
    ".SH EXIT STATUS",
    ...exitMeanings.map(([code, meaning]) => item(String(code), meaning)),
    ".SH FILES",
    item(italic(installedConfigFile), "The configuration, unless --config names another file."),
    ".SH EXAMPLES",
    ...commands.flatMap(({ examples }) => examples.slice(0, 1)).map(({ line, does }) =>
      `${paragraph(`${does}:`)}\n${verbatim(line)}`
    ),
    ".SH SEE ALSO",
    [".BR radclient (1)", ".BR systemctl (1)"].join(",\n"),
    // A heading begins a paragraph by itself.
  ].join("\n").replaceAll(/^(\.S[HS] .*\n)\.PP\n/gm, "$1") + "\n";
}

function commandPart({ name, summary, usage, description, positionals, options, examples, exits }: Command): string {
  return [
    `.SS ${heading(name)}`,
    paragraph(`${summary}.`),
    paragraph(`duoproxy ${usage}`),
    ...description.split("\n\n").filter((text) => text.trim() !== "").map(paragraph),
    ...positionals.map(({ name, choices, doc }) => item(italic(name), withChoices(doc, choices))),
    ...options.map(optionPart),
    ...examples.map((example) => `${paragraph(`${example.does}:`)}\n${verbatim(example.line)}`),
    paragraph("Exit status:"),
    ...exits.map(({ code, when }) => item(String(code), `${when.charAt(0).toUpperCase()}${when.slice(1)}.`)),
  ].join("\n");
}

function optionPart({ name, short, value, choices, repeatable, default: usual, doc }: OptionSpec): string {
  const names = [...(short === undefined ? [] : [`-${short}`]), `--${name}`].map(bold).join(", ");
  const notes = [
    ...(repeatable === true ? ["may be repeated"] : []),
    ...(usual === undefined ? [] : [`default: ${usual}`]),
  ];
  return item(
    value === undefined ? names : `${names} ${italic(value)}`,
    `${withChoices(doc, choices)}${notes.length === 0 ? "" : ` (${notes.join("; ")})`}.`,
  );
}

function withChoices(doc: string, choices: readonly string[] | undefined): string {
  return choices === undefined ? doc : `${doc}: ${choices.join(", ")}`;
}

/** A paragraph, with its indented lines as they are. */
function paragraph(text: string): string {
  return `.PP\n${lines(text)}`;
}

/** A term and what it means. The term is roff already. */
function item(term: string, text: string): string {
  return `.TP\n${term}\n${lines(text)}`;
}

/** A line that is shown as it is. */
function verbatim(text: string): string {
  return `.PP\n.RS 4\n.nf\n${line(text)}\n.fi\n.RE`;
}

/** A heading's text as one argument of a macro: within quotes, a quote is written by its name. */
function heading(text: string): string {
  return `"${escape(text)}"`;
}

function bold(text: string): string {
  return `\\fB${escape(text)}\\fR`;
}

function italic(text: string): string {
  return `\\fI${escape(text)}\\fR`;
}

/** Text as lines of roff. No escape holds a blank, so wrapping cuts none. */
function lines(text: string): string {
  return wrap(escape(text.replaceAll(/^ +/gm, "")), sourceWidth).split("\n").filter((one) => one !== "").map(guard)
    .join("\n");
}

/** One line of text. */
function line(text: string): string {
  return guard(escape(text));
}

/** A line that begins with a dot would be a request: an invisible character before it makes it text. */
function guard(escaped: string): string {
  return escaped.startsWith(".") ? `\\&${escaped}` : escaped;
}

/** Characters that roff would take for something else, or show as another one (groff_char(7)). */
const escapes: Readonly<Record<string, string>> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
  '"': "\\(dq",
};

function escape(text: string): string {
  return text.replace(
    /[\\\-'`^~"]|[^\n\x20-\x7e]/gu,
    (char) => escapes[char] ?? `\\[u${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}]`,
  );
}

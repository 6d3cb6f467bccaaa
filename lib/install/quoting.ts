/**
 * Text put into the languages that an installation is written in: the shell, systemd's units, logrotate's files,
 * SELinux's patterns and PowerShell. Each has its own idea of a quote.
 *
 * Line ends and other control characters are refused before, see `options.ts`, and in the names of directories more:
 * some of these languages can't hold them.
 *
 * @module
 */

/** A word for a POSIX shell: as it is if nothing in it is special, else in single quotes. */
export function shellWord(text: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * A word of a command line in a unit: `ExecStart=` and its like, `systemd.service(5)`, "Command lines". Always in
 * quotes, so that a blank, a `;` or a leading `-` is nothing special; `$` and `%` are doubled.
 */
export function unitWord(text: string): string {
  const escaped = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("$", "$$$$").replaceAll("%", "%%");
  return `"${escaped}"`;
}

/**
 * The value of a setting that takes one path to the end of the line, such as `StandardOutput=append:`. It knows no
 * quotes and no backslashes, only specifiers.
 */
export function unitPath(path: string): string {
  return path.replaceAll("%", "%%");
}

/** A path in a list of paths in which a colon parts source and target, such as `BindReadOnlyPaths=`. */
export function unitBindPath(path: string): string {
  return unitWord(path.replaceAll(":", "\\:")).replaceAll("$$", "$");
}

/**
 * A file's name in a logrotate configuration, in quotes because of blanks. Of quotes and of what glob(3) takes for a
 * pattern it can't be relieved: within quotes logrotate knows no escape for a brace. Such directories are refused.
 */
export function logrotatePath(path: string): string {
  return `"${path}"`;
}

/**
 * A path as a pattern of SELinux's file contexts. They are regular expressions in a format that parts its columns with
 * blanks, so whatever isn't plain becomes the dot that matches it.
 */
export function contextPattern(path: string): string {
  return path.replaceAll(/[^A-Za-z0-9/_-]/g, (char) => char === "." ? "\\." : ".".repeat(encodedLength(char)));
}

/** A regular expression over file names counts octets. */
function encodedLength(char: string): number {
  return new TextEncoder().encode(char).length;
}

/** A literal of PowerShell: in single quotes, which also the typographic ones of the keyboard of a word processor end. */
export function powershellWord(text: string): string {
  return `'${text.replaceAll(/['\u2018\u2019\u201a\u201b]/g, "$&$&")}'`;
}

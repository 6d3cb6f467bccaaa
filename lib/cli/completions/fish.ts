/**
 * Completions for fish 3 and later.
 *
 * @module
 */

import type { CompletionCommand, CompletionModel, CompletionOption, Expected, Word } from "./model.ts";

/** The script. */
export function fishScript({ version, commands, globalOptions, topics }: CompletionModel): string {
  const own = (options: readonly CompletionOption[]): readonly CompletionOption[] =>
    options.filter((option) => !globalOptions.includes(option));
  return `# fish completion for duoproxy ${version}, made by: duoproxy completions fish
#
# In this shell:   duoproxy completions fish | source
# In every shell:  duoproxy completions fish >~/.config/fish/completions/duoproxy.fish

# Options that take a value, with the command that they belong to.
set -g __duoproxy_values ${
    [
      ...commands.flatMap(({ name, options }) => valueNames(own(options)).map((option) => quote(`${name} ${option}`))),
      ...valueNames(globalOptions).map(quote),
    ].join(" \\\n    ")
  }

# True if the command is $argv[1] ('' for none yet), and with $argv[2], if so many positional arguments are complete.
function __duoproxy_in
    set -l tokens (commandline -opc)
    set -l command ''
    set -l position 0
    set -l expects no
    set -l ended no
    for token in $tokens[2..-1]
        if test $expects = yes
            set expects no
        else if test $ended = no; and test "$token" = --
            set ended yes
        else if test $ended = no; and string match -q -- '-?*' "$token"
            if contains -- "$command $token" $__duoproxy_values; or contains -- "$token" $__duoproxy_values
                set expects yes
            end
        else if test "$command" = ''
            set command "$token"
        else
            set position (math $position + 1)
        end
    end
    test "$command" = "$argv[1]"; and begin
        test (count $argv) -lt 2; or test $position -eq $argv[2]
    end
end

# What explain explains: sections, and behind a dot their options.
function __duoproxy_topics
    set -l typed (commandline -ct)
    if not string match -q -- '*.*' "$typed"
        printf '%s\\n' ${topics.map((topic) => described(topic)).join(" \\\n            ")}
        return
    end
    switch (string split -m 1 . -- $typed)[1]
${topics.filter(({ options }) => options.length > 0).map(topicCase).join("\n")}
    end
end

complete -c duoproxy -f
${
    commands.map(({ name, summary }) => `complete -c duoproxy -n '__duoproxy_in ""' -a ${name} -d ${quote(summary)}`)
      .join(
        "\n",
      )
  }
${globalOptions.map((option) => optionLine(undefined, option)).join("\n")}
${commands.map((command) => commandLines(command, own(command.options))).filter((lines) => lines !== "").join("\n")}
`;
}

function valueNames(options: readonly CompletionOption[]): readonly string[] {
  return options.flatMap(({ long, short, value }) =>
    value === undefined ? [] : short === undefined ? [long] : [long, short]
  );
}

function topicCase({ word, options }: CompletionModel["topics"][number]): string {
  const lines = options.map((option) => described({ word: `${word}.${option.word}`, doc: option.doc }));
  return `        case ${word}
            printf '%s\\n' ${lines.join(" \\\n                ")}`;
}

function commandLines({ name, positionals }: CompletionCommand, options: readonly CompletionOption[]): string {
  return [
    ...options.map((option) => optionLine(name, option)),
    ...positionals.flatMap(({ expected }, index) => {
      const place = `complete -c duoproxy -n '__duoproxy_in ${name} ${index}'`;
      if (expected.kind === "none") return [];
      if (expected.kind === "files") return [`${place} -F`];
      return expected.kind === "words"
        ? expected.words.map(({ word, doc }) => `${place} -a ${quote(word)}${doc === "" ? "" : ` -d ${quote(doc)}`}`)
        : [`${place} ${values(expected)}`];
    }),
  ].join("\n");
}

/** One option of a command; a global one, if there is none, may stand anywhere. */
function optionLine(command: string | undefined, { long, short, value, doc }: CompletionOption): string {
  return [
    "complete -c duoproxy",
    ...(command === undefined ? [] : [`-n '__duoproxy_in ${command}'`]),
    `-l ${long.slice(2)}`,
    ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
    ...(value === undefined ? [] : [value.expected.kind === "files" ? "-r -F" : `-x ${values(value.expected)}`.trim()]),
    `-d ${quote(doc)}`,
  ].join(" ");
}

function values(expected: Expected): string {
  switch (expected.kind) {
    case "directories":
      return "-a '(__fish_complete_directories)'";
    case "topics":
      return "-a '(__duoproxy_topics)'";
    case "words":
      return `-a ${quote(expected.words.map(({ word }) => word).join(" "))}`;
    case "none":
    case "files":
      return "";
  }
}

/** A candidate and its description, as fish reads them from a function. */
function described({ word, doc }: Word): string {
  return quote(`${word}\t${doc}`);
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/**
 * Completions for bash 3.2 and later, without the bash-completion package.
 *
 * @module
 */

import type { CompletionCommand, CompletionModel, CompletionOption, Expected, Word } from "./model.ts";

/** The script. Its words are letters, digits and marks that no shell gives a meaning to. */
export function bashScript({ version, commands, globalOptions, topics }: CompletionModel): string {
  const own = (options: readonly CompletionOption[]): readonly CompletionOption[] =>
    options.filter((option) => !globalOptions.includes(option));
  return `# bash completion for duoproxy ${version}, made by: duoproxy completions bash
#
# In this shell:   source <(duoproxy completions bash)
# In every shell:  duoproxy completions bash >/etc/bash_completion.d/duoproxy

# Sets expects to what the value of an option can be: a kind, and its words. Empty: it takes none, or isn't known.
_duoproxy_value() {
  case "$1 $2" in
${
    [...commands.flatMap(({ name, options }) => valueCases(name, own(options))), ...valueCases("*", globalOptions)]
      .join("\n")
  }
    *) expects='' ;;
  esac
}

# Sets expects to what can stand at a position behind a command.
_duoproxy_positional() {
  case "$1 $2" in
${commands.flatMap(positionalCases).join("\n")}
    *) expects='none' ;;
  esac
}

# Sets words to the options of a command.
_duoproxy_options() {
  case $1 in
${commands.map(({ name, options }) => `    ${name}) words='${optionWords(options)}' ;;`).join("\n")}
    *) words='${optionWords(globalOptions)}' ;;
  esac
}

# Sets words to the options of a section.
_duoproxy_topics() {
  case $1 in
${
    topics.filter(({ options }) => options.length > 0).map(({ word, options }) =>
      `    ${word}) words='${list(options)}' ;;`
    ).join("\n")
  }
    *) words='' ;;
  esac
}

# Adds what fits to the answer: compgen's arguments, then the word as far as it is typed.
_duoproxy_offer() {
  local line
  while IFS='' read -r line; do COMPREPLY+=("$line"); done < <(compgen "$@")
}

_duoproxy() {
  local cur=\${COMP_WORDS[COMP_CWORD]} command='' expects='' prefix='' ended='' joined='' words='' word
  local -i index position=0
  COMPREPLY=()
  # Bash cuts words at "=" and ":", so HOST:PORT is three of them and --format=json is, too.
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if [[ -n $joined ]]; then
      joined=''
    elif [[ $word == = && -n $expects ]]; then
      continue
    elif [[ $word == = || $word == : ]]; then
      joined=1
    elif [[ -n $expects ]]; then
      expects=''
    elif [[ -z $ended && $word == -- ]]; then
      ended=1
    elif [[ -z $ended && $word == -?* ]]; then
      _duoproxy_value "$command" "$word"
    elif [[ -z $command ]]; then
      command=$word
    else
      position+=1
    fi
  done
  if [[ -n $joined || $cur == : ]]; then return; fi
  if [[ $cur == = ]]; then cur=''; fi
  if [[ -z $expects && -z $ended && $cur == --*=* ]]; then
    _duoproxy_value "$command" "\${cur%%=*}"
    if [[ -z $expects ]]; then return; fi
    prefix=\${cur%%=*}=
    cur=\${cur#*=}
  elif [[ -z $expects && -z $ended && $cur == -* ]]; then
    _duoproxy_options "$command"
    _duoproxy_offer -W "$words" -- "$cur"
    return
  elif [[ -z $expects && -z $command ]]; then
    expects='words ${list(commands.map(({ name, summary }) => ({ word: name, doc: summary })))}'
  elif [[ -z $expects ]]; then
    _duoproxy_positional "$command" "$position"
  fi
  case $expects in
    files)
      compopt -o filenames 2>/dev/null
      _duoproxy_offer -P "$prefix" -f -- "$cur"
      ;;
    directories)
      compopt -o filenames 2>/dev/null
      _duoproxy_offer -P "$prefix" -d -- "$cur"
      ;;
    topics)
      if [[ $cur == *.* ]]; then
        _duoproxy_topics "\${cur%%.*}"
        _duoproxy_offer -P "\${cur%%.*}." -W "$words" -- "\${cur#*.}"
      else
        # A dot and an option may follow.
        compopt -o nospace 2>/dev/null
        _duoproxy_offer -W '${list(topics)}' -- "$cur"
      fi
      ;;
    words\\ *)
      _duoproxy_offer -P "$prefix" -W "\${expects#words }" -- "$cur"
      ;;
  esac
}

complete -F _duoproxy duoproxy
`;
}

/** The case of an option with a value; none for a switch. `command` is a pattern of the shell's. */
function valueCases(command: string, options: readonly CompletionOption[]): readonly string[] {
  return options.flatMap(({ long, short, value }) => {
    if (value === undefined) return [];
    const patterns = [long, ...(short === undefined ? [] : [short])].map((name) => `${command}' ${name}'`);
    return [`    ${patterns.join(" | ")}) expects='${encode(value.expected)}' ;;`];
  });
}

function positionalCases({ name, positionals }: CompletionCommand): readonly string[] {
  return positionals.map(({ expected }, index) => `    '${name} ${index}') expects='${encode(expected)}' ;;`);
}

function optionWords(options: readonly CompletionOption[]): string {
  return options.flatMap(({ long, short }) => short === undefined ? [long] : [long, short]).join(" ");
}

function encode(expected: Expected): string {
  return expected.kind === "words" ? `words ${list(expected.words)}` : expected.kind;
}

function list(words: readonly Word[]): string {
  return words.map(({ word }) => word).join(" ");
}

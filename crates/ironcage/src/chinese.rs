//! The command line's help in Chinese.
//!
//! The types of the command line bring the English texts; here stands the Chinese one of every
//! command and argument, by its path. A test holds that none is missing. What the parser itself
//! says of a wrong command line stays English.

mod arguments;

use clap::{Arg, Command};

use arguments::ARGUMENTS;

/// How one page of help is laid out.
const LAYOUT: &str = "{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}";

/// The command with its help in Chinese.
pub(crate) fn in_chinese(mut command: Command) -> Command {
    // Builds the flags and the command that only show help, so that they are translated too.
    command.build();
    translated(command, "")
}

fn translated(command: Command, path: &str) -> Command {
    let below = |name: &str| {
        if path.is_empty() {
            name.to_owned()
        } else {
            format!("{path} {name}")
        }
    };
    let mut command = command
        .help_template(LAYOUT)
        .subcommand_help_heading("命令")
        .mut_args(|argument| described(argument, path));
    if let Some(about) = find(COMMANDS, path) {
        command = command.about(about).long_about(None::<&str>);
    }
    if let Some(after) = find(AFTER, path) {
        command = command.after_help(after);
    } else if let Some(english) = command.get_after_help().map(ToString::to_string) {
        let chinese = english
            .replacen("Examples:", "示例：", 1)
            .replacen("Example:", "示例：", 1);
        command = command.after_help(chinese);
    }
    command.mut_subcommands(|inner| {
        let path = below(inner.get_name());
        translated(inner, &path)
    })
}

fn described(argument: Arg, path: &str) -> Arg {
    let id = argument.get_id().as_str();
    let Some(text) = find(ARGUMENTS, &format!("{path} {id}")).or_else(|| find(ARGUMENTS, id))
    else {
        return argument;
    };
    let defaults: Vec<String> = argument
        .get_default_values()
        .iter()
        .filter(|value| *value != "false")
        .map(|value| value.to_string_lossy().into_owned())
        .collect();
    let text = if defaults.is_empty() || argument.get_num_args().is_some_and(|n| !n.takes_values())
    {
        text.to_owned()
    } else {
        format!("{text}（默认 {}）", defaults.join("、"))
    };
    let heading = match argument.get_help_heading() {
        Some("Reading") => "读取日志",
        Some("Rules") => "规则",
        Some("Judging") => "判断",
        Some("Results") => "结果",
        Some("Measuring") => "测量",
        _ if argument.is_positional() => "参数",
        _ => "选项",
    };
    argument
        .help(text)
        .long_help(None::<&str>)
        .help_heading(heading)
        .hide_default_value(true)
        .hide_possible_values(true)
}

fn find(texts: &'static [(&str, &str)], name: &str) -> Option<&'static str> {
    texts
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, text)| *text)
}

/// What stands below the help, where it is more than examples.
const AFTER: &[(&str, &str)] = &[(
    "",
    "退出状态：0 无偏离；1 有发现（仅当使用 --fail-on）；2 用法有误；3 输入无法读取。",
)];

/// What each command does.
const COMMANDS: &[(&str, &str)] = &[
    (
        "",
        "铁笼 ironcage：用事件日志核查行政权力是否依法定程序行使",
    ),
    ("check", "用规则核查日志，列出每一处偏离"),
    (
        "explain",
        "讲清一个对象的经过：各规则的结论，以及与流程的对照",
    ),
    ("discover", "从历史日志草拟规则包，全部为试运行，逐条附依据"),
    ("convert", "把日志写成另一种格式"),
    ("stats", "统计日志里有什么"),
    ("pack", "检查、测试、排版、印出规则包"),
    (
        "pack check",
        "检查规则包：一次列出全部错误，注明文件、行、列和改法",
    ),
    ("pack test", "用真实引擎和模拟时钟运行规则包自带的测试"),
    ("pack coverage", "列出规则包的测试从未触发或从未放行的规则"),
    ("pack fmt", "把规则包文件排成规范格式"),
    ("pack doc", "把规则包写成供法制人员阅读的网页（HTML）"),
    (
        "pack diff",
        "说明换成另一个版本会怎样：规则包改了什么，哪些结论新增、消失或改变，因为什么",
    ),
    ("pack schema", "写出规则包文件的 JSON Schema，供编辑器使用"),
    (
        "deadline",
        "算出期限何时届满，逐日说明理由并注明放假通知；核验期限证书",
    ),
    (
        "deadline verify",
        "仅凭证书自身所列事实重算；不符则状态为 1 并指出第一处错误",
    ),
    ("deadline help", "显示本帮助，或某个命令的帮助"),
    ("demo", "模拟一个审批窗口并埋设问题，核查后写出报告"),
    (
        "serve",
        "经 HTTP 接收事件，存证后逐条给出回执，改动必被发现",
    ),
    ("push", "把整个日志文件交给运行中的服务"),
    ("rejects", "查看被拒收的事件，更正后重新交入"),
    (
        "rejects list",
        "列出被拒收的事件：编号、来源、哪一处、为什么",
    ),
    ("rejects show", "显示一件的全部内容"),
    ("rejects correct", "把更正后的事件交入，注明更正的是哪一件"),
    (
        "rejects replay",
        "原样重新交入，例如在启用了声明它的规则包之后",
    ),
    ("rejects dismiss", "注明理由，搁置不办"),
    ("rejects help", "显示本帮助，或某个命令的帮助"),
    ("replay", "仅凭日志重建账本的全部派生内容，并作比对"),
    ("doctor", "检查设置、磁盘和账本：哪里不对，怎么办"),
    ("verify", "离线逐字节核验账本；或凭公钥核验一份公布的日志"),
    ("log", "查看账本中的日志"),
    ("log list", "列出各日志的名称、文件夹、公钥和已公布的条数"),
    (
        "log compare",
        "两份公布的日志从哪一条起不同；有不同则状态为 1",
    ),
    (
        "bundle",
        "把一个案件的全部内容写成一个文件：经过、规则、发现、证明，并附供阅读的网页",
    ),
    (
        "erase",
        "依两人签署的令销毁一个对象名下的正文：毁其密钥，日志仍可核验",
    ),
    ("backup", "备份账本；服务运行中亦可"),
    ("restore", "由备份恢复账本：逐个文件比对，全部核验"),
    (
        "witness",
        "为其他单位的日志作见证：签署其检查点，使其不能悄悄改写",
    ),
    (
        "witness sign",
        "从标准输入签署一份请求，答复写到标准输出；用于不联网的机器",
    ),
    ("witness key", "显示见证人的公钥；没有密钥则新建"),
    ("witness help", "显示本帮助，或某个命令的帮助"),
    (
        "signer",
        "以独立进程签署一个账本的检查点，使其服务本身不能改写日志",
    ),
    ("log help", "显示本帮助，或某个命令的帮助"),
    (
        "bench replay",
        "账本中一年的行为：写入、读出、全部重判、凭快照启动",
    ),
    (
        "bench ingest",
        "经 HTTP 把事件写入本机磁盘上的账本并随到随判，另单测磁盘",
    ),
    ("bench", "在本机测量速度和内存"),
    (
        "bench check",
        "读取、单独引擎、单线程与双线程全流程，以及一个条件",
    ),
    ("bench align", "日志与模型的最优对齐，原样和加噪声各一次"),
    ("bench profile", "时长画像：学习与核查"),
    ("bench convert", "整份日志读写一遍 XES 和 CSV"),
    (
        "bench stream",
        "对生成的事件流做核查：内存不增，时间随事件数线性增长",
    ),
    ("completions", "输出命令行补全脚本"),
    ("man", "把手册页写入文件夹"),
    ("help", "显示本帮助，或某个命令的帮助"),
    ("pack help", "显示本帮助，或某个命令的帮助"),
    ("bench help", "显示本帮助，或某个命令的帮助"),
];

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::options::Options;

    fn walk(command: &Command, path: &str, see: &mut impl FnMut(&Command, &str)) {
        see(command, path);
        for inner in command.get_subcommands() {
            // The copies below the command that shows help are never shown themselves.
            if inner.get_name() != "help" {
                let path = format!("{path} {}", inner.get_name());
                walk(inner, path.trim(), see);
            }
        }
    }

    #[test]
    fn every_command_and_argument_has_a_chinese_text() {
        let mut missing = Vec::new();
        let mut known = 0;
        let mut command = Options::command();
        command.build();
        walk(&command, "", &mut |command, path| {
            if find(COMMANDS, path).is_none() {
                missing.push(path.to_owned());
            }
            for argument in command.get_arguments().filter(|one| !one.is_hide_set()) {
                let id = argument.get_id().as_str();
                let place = format!("{path} {id}");
                known += 1;
                if find(ARGUMENTS, &place).or(find(ARGUMENTS, id)).is_none() {
                    missing.push(place);
                }
            }
        });
        assert!(missing.is_empty(), "{missing:?}");
        assert!(known > 80, "{known}");
    }

    #[test]
    fn help_in_chinese_has_no_english_of_the_parser_and_fits_its_lines() {
        walk(&in_chinese(Options::command()), "", &mut |command, path| {
            let help = command.clone().render_long_help().to_string();
            for english in [
                "Usage:",
                "Options:",
                "Arguments:",
                "Commands:",
                "Print ",
                "default:",
            ] {
                assert!(!help.contains(english), "{path}: {english}\n{help}");
            }
            assert!(help.contains("用法："), "{path}");
            // Lines of Chinese have no blanks to break them at.
            let wide = help.lines().filter(|line| !line.contains("ironcage "));
            for line in wide {
                assert!(line.width() <= 100, "{path}: {line}");
            }
        });
    }

    #[test]
    fn a_translated_command_line_means_the_same() {
        let words = [
            "ironcage",
            "check",
            "a.xes",
            "--pack",
            "p",
            "--fail-on",
            "--worst",
            "7",
        ];
        let matches = in_chinese(Options::command()).try_get_matches_from(words);
        let matches = matches.unwrap();
        let check = matches.subcommand_matches("check").unwrap();
        assert_eq!(check.get_one::<usize>("worst"), Some(&7));
    }
}

//! The command line's help in Chinese.
//!
//! The types of the command line bring the English texts; here stands the Chinese one of every
//! command and argument, by its path. A test holds that none is missing. What the parser itself
//! says of a wrong command line stays English.

use clap::{Arg, Command};

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
    ("pack schema", "写出规则包文件的 JSON Schema，供编辑器使用"),
    ("demo", "模拟一个审批窗口并埋设问题，核查后写出报告"),
    (
        "serve",
        "经 HTTP 接收事件，存证后逐条给出回执，改动必被发现",
    ),
    ("push", "把整个日志文件交给运行中的服务"),
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

/// What each argument means: by its command's path and its id, or by its id alone where all
/// commands mean the same by it.
const ARGUMENTS: &[(&str, &str)] = &[
    (
        "lang",
        "输出语言：zh 中文，en 英文；不写则看 LANG，仍不明则用中文",
    ),
    ("quiet", "只输出结果和错误，不显示进度"),
    ("help", "显示帮助"),
    ("version", "显示版本"),
    ("shell", "哪种外壳：bash、zsh、fish、elvish、powershell"),
    ("folder", "文件夹；没有则新建"),
    ("subcommand", "命令"),
    // Logs.
    ("logs", "日志文件；“-” 为标准输入；多个文件合并判断"),
    ("log", "日志文件；“-” 为标准输入"),
    (
        "format",
        "格式（xes、ocel-json、ocel-xml、ocel-sqlite、csv、parquet、cloudevents）；不写则自动辨认",
    ),
    ("lenient", "跳过损坏的记录并计数，而不是拒收整个文件"),
    ("zone", "未写时差的时间所在时区，例如 Asia/Shanghai"),
    (
        "classifier",
        "XES：用哪个分类器作活动名称；不写则用 concept:name",
    ),
    ("mapping", "表格：已保存的列对应关系（TOML）"),
    ("case_column", "表格：案件编号所在列"),
    ("activity_column", "表格：活动所在列"),
    ("time_column", "表格：时间所在列"),
    ("arrival_column", "表格：到达时间所在列"),
    (
        "object_column",
        "表格：其他对象所在列，写作 列=类型 或 列=类型:身份；可重复",
    ),
    ("time_format", "表格：时间格式（strftime 写法）"),
    ("delimiter", "表格：分隔符（一个字符，或 tab）"),
    ("encoding", "表格：字符编码，例如 gb18030"),
    // Rules and judging.
    ("pack", "规则包：文件夹，或单个文件"),
    ("decl", "Declare 模型"),
    ("flow", "流程：BPMN 2.0 或 PNML"),
    (
        "as_of",
        "判断时点，例如 2026-03-31（含当日全天）；不写则为日志最后一个事件",
    ),
    ("finite", "每个对象视为到此结束：尚欠的即为偏离"),
    (
        "order",
        "同一对象的事件按什么次序判断：time 事件时间，file 文件次序",
    ),
    ("threads", "线程数；不影响结果"),
    ("json", "以 JSON 输出"),
    // Check.
    ("check json", "各项计数写成 JSON；“-” 为标准输出"),
    ("html", "报告写成一个自足的 HTML 文件"),
    (
        "findings",
        "写出每一处发现；按文件名结尾选 .csv、.jsonl、.xlsx 或 .parquet",
    ),
    (
        "fail_on",
        "有此级别以上的发现即以状态 1 退出：red、yellow、any 任何偏离、undecided 含无法判断",
    ),
    ("worst", "报告讲述经过的对象数，偏离多者在前"),
    ("object", "对象，写作 类型:编号，例如 case:N77802"),
    // Discover.
    ("discover output", "草稿规则包的文件夹；须不存在或为空"),
    ("per", "以哪一类对象的事件为一条轨迹"),
    ("support", "约束至少在百分之几的案件中被触发"),
    ("confidence", "约束至少有百分之几的触发得到满足"),
    ("noise", "低于百分之几的走法不画进流程；0 表示容纳全部案件"),
    // Convert.
    ("input", "要读的日志；“-” 为标准输入"),
    (
        "convert output",
        "要写的文件；结尾决定格式，.gz 或 .zst 为压缩",
    ),
    ("convert to", "要写的格式，结尾看不出时用"),
    ("force", "覆盖已有文件"),
    // Packs.
    ("packs", "规则包"),
    ("pack test pack", "规则包"),
    ("pack coverage pack", "规则包"),
    ("pack fmt pack", "规则包"),
    ("pack doc pack", "规则包"),
    ("pack fmt check", "不改文件；若有需要改的则失败"),
    ("pack doc output", "要写的文件；“-” 为标准输出"),
    ("pack schema output", "写入的文件夹"),
    // Demo.
    ("seed", "种子；相同的种子生成相同的窗口"),
    ("cases", "多少人来申请"),
    ("honest", "不埋设任何问题"),
    ("demo output", "日志、规则包、真相和报告的文件夹"),
    // Files handed in.
    (
        "push files",
        "日志文件：XES、OCEL 2.0、CSV、Parquet 或 CloudEvents，可为 gzip；交过的不会重复入账",
    ),
    ("url", "服务的地址"),
    (
        "push mapping",
        "表格各列的含义（TOML 文件）；不给则自动判断",
    ),
    // The ledger.
    (
        "config",
        "TOML 设置文件；每项都可用环境变量（如 IRONCAGE_LISTEN）和命令行选项覆盖",
    ),
    ("serve data", "存放一切的文件夹；没有则新建"),
    ("listen", "监听的地址；默认 127.0.0.1:8480"),
    (
        "serve pack",
        "要启用的规则包：文件夹或单个 TOML 文件；可重复",
    ),
    ("open", "不需登录，仅供试用；只限本机"),
    ("name", "新建文件夹时，各日志名称的第一段：本单位持有的域名"),
    (
        "agency",
        "新建文件夹时的单位代码：1 至 32 个字母、数字或 . _ -",
    ),
    (
        "verify folder",
        "账本文件夹；用 --key 或 --policy 时，为一份公布日志的文件夹；或案卷文件（bundle 所写）",
    ),
    ("key", "该日志的公钥"),
    (
        "policy",
        "核验规定：日志与见证人的公钥、须有几方签名（C2SP tlog-policy）",
    ),
    (
        "against",
        "从前保存的检查点、.tlog-proof 文件或回执：日志是否仍守其诺；可多次给出",
    ),
    ("one", "一份公布的日志的文件夹（其中有 checkpoint）"),
    ("other", "另一份的文件夹"),
    ("receipt_key", "回执的公钥（只给出公布的日志时需要）"),
    ("data", "账本的文件夹"),
    // Bundles.
    ("bundle case", "案件编号；其他对象写作 类型:编号"),
    ("bundle data", "账本的文件夹；服务可在运行"),
    ("out", "要写的文件；不写则为 case-编号.zip"),
    // Backups.
    ("backup data", "账本的文件夹；服务可在运行"),
    ("backup to", "备份到哪里；已有备份则更新"),
    (
        "keys_to",
        "密钥备份到哪里：没有密钥无法恢复；须分开保管，至多三十天",
    ),
    ("restore from", "备份所在的文件夹"),
    ("keys_from", "密钥的备份"),
    ("restore data", "新账本的文件夹；须不存在或为空"),
    // Witnesses.
    (
        "serve witness",
        "每个检查点都须由其签署的见证人：网址=公钥；可重复",
    ),
    (
        "serve policy",
        "须由哪些见证人签署：附网址的核验规定（C2SP tlog-policy）",
    ),
    (
        "serve signer",
        "ironcage signer 的套接字，日志由其签名；新建文件夹时确定",
    ),
    (
        "signer data",
        "签名进程的文件夹：密钥和上次所签；没有则新建",
    ),
    (
        "signer socket",
        "监听的套接字；本进程的用户和用户组可以使用",
    ),
    (
        "signer name",
        "新建文件夹时为谁的日志签名：账本名称/机关代码",
    ),
    ("witness data", "见证人的文件夹：密钥和上次所签；没有则新建"),
    ("witness name", "新建文件夹时见证人的名称：本单位持有的域名"),
    (
        "witness sign data",
        "见证人的文件夹：密钥和上次所签；没有则新建",
    ),
    (
        "witness sign name",
        "新建文件夹时见证人的名称：本单位持有的域名",
    ),
    (
        "witness key data",
        "见证人的文件夹：密钥和上次所签；没有则新建",
    ),
    (
        "witness key name",
        "新建文件夹时见证人的名称：本单位持有的域名",
    ),
    ("witness log", "要见证的日志，写其公钥；可重复"),
    ("witness logs", "文件：每行 log 加公钥，写明要见证的日志"),
    ("witness sign log", "要见证的日志，写其公钥；可重复"),
    (
        "witness sign logs",
        "文件：每行 log 加公钥，写明要见证的日志",
    ),
    ("replay verify", "与服务现有的内容比对；有不同则状态为 1"),
    // Bench.
    ("rate", "测量多久听到发现的那一项每秒发多少事件"),
    ("bench replay pack", "判断所用的规则包"),
    ("bench replay on", "存放账本的文件夹；之前写在那里的会再用"),
    ("bench replay events", "多少件行为"),
    ("bench ingest pack", "随到随判所用的规则包"),
    ("on", "要测量的磁盘上的文件夹；不写则用临时文件夹"),
    ("single", "每次请求一个事件的那一项写多少事件"),
    ("batched", "每次请求一千个事件的那一项写多少事件"),
    ("sample", "最多取多少种走法，从全部中均匀选取"),
    (
        "sequences",
        "把加噪声后的走法写到这里，每行一个 JSON，供其他工具对齐",
    ),
    ("runs", "每项测几遍，取中位数"),
    ("bench align noise", "百分之几的事件被噪声去掉、对调或重复"),
    ("events", "事件数"),
    ("bench stream to", "生成的格式：csv 或 cloudevents"),
    ("bench stream cases", "事件分属多少案件；所需内存随它增长"),
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

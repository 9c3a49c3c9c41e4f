//! The Chinese text of every argument, by the path of its command and its id, or by its id alone.

/// What each argument means: by its command's path and its id, or by its id alone where all
/// commands mean the same by it.
pub(super) const ARGUMENTS: &[(&str, &str)] = &[
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
    // Deadlines.
    (
        "deadline start",
        "起算之日（不计入）；以小时计的期限请写明时刻",
    ),
    (
        "deadline limit",
        "期限：5个工作日、30日、24小时、3个月；英文亦可",
    ),
    (
        "deadline law",
        "期限所依据的法律，决定“日”的含义：法律，或 法律#条",
    ),
    (
        "deadline calendar",
        "提供工作日历、法律和时区的规则包；不写则用内置的 cn-calendar",
    ),
    (
        "deadline pause",
        "不计入的时间：起（首个不计之日）..止（恢复计算之日，仍在中止则留空）=文书",
    ),
    ("deadline extend", "延长：批准日期+期限=批准文书"),
    ("deadline most", "延长的法定最长期限"),
    (
        "deadline also",
        "同时适用的另一期限，一并计算：期限，或 期限@地区",
    ),
    ("deadline deemed", "逾期未答复即视为受理的期限"),
    ("deadline document", "起算所依据的文书"),
    ("deadline known_on", "只用该日及以前印发的放假通知计算"),
    ("deadline json", "以 JSON 输出期限证书"),
    ("deadline verify certificate", "期限证书（JSON）"),
    (
        "deadline verify calendar",
        "与哪个规则包的工作日历比对通知；不写则用内置的",
    ),
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
    ("pack diff before", "现有的规则包"),
    ("pack diff after", "拟改成的规则包"),
    ("pack diff on", "两者都判断的日志；多份按一份判断"),
    ("pack diff limit", "列出多少条有变的结论"),
    ("pack diff json", "把全部变化写成 JSON；“-” 为标准输出"),
    (
        "pack diff exit_code",
        "有结论改变则以 1 退出；没有给日志时，规则包有差异则以 1 退出",
    ),
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
    // What was refused.
    (
        "rejects list data",
        "不经服务，直接查看此账本文件夹中的拒收队列",
    ),
    (
        "rejects show data",
        "不经服务，直接查看此账本文件夹中的拒收队列",
    ),
    ("source", "只看这一来源的"),
    (
        "state",
        "只看此状态的：open 待办，replayed 已重交，corrected 已更正，dismissed 已搁置",
    ),
    ("limit", "至多列出多少件"),
    ("after", "只看编号在此之后的"),
    ("rejects show number", "编号"),
    ("rejects correct number", "编号"),
    ("rejects dismiss number", "编号"),
    ("numbers", "编号；可给出多个"),
    ("event", "更正后的事件：JSON 文件，“-” 为标准输入"),
    ("rejects correct by", "经手人，记入账本"),
    ("rejects replay by", "经手人，记入账本"),
    ("rejects dismiss by", "经手人，记入账本"),
    ("all", "全部待办的"),
    ("rejects dismiss reason", "为什么搁置，记入账本"),
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
    (
        "undeclared",
        "已启用的规则包都未声明的事件：refuse 拒收（默认），count 收下并计数",
    ),
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
    // Erasure.
    (
        "erase object",
        "要销毁的：以该对象为首的全部记录，写作 类型:编号",
    ),
    ("erase order", "令的文号；同一文号即同一道令"),
    ("basis", "法律依据"),
    (
        "erase reason",
        "理由；令会长期留存，故不得写入被销毁对象的编号",
    ),
    ("ordered_by", "下令的人"),
    ("approved_by", "批准的人，须为另一人"),
    ("erase date", "令的日期，写作 YYYY-MM-DD；不写则为今天"),
    (
        "erase data",
        "账本的文件夹，其上不得有服务在运行；不写则交给运行中的服务",
    ),
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

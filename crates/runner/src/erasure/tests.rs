//! What an order must say.

use super::*;

fn order() -> Order {
    Order {
        order: "销字〔2026〕17号".to_owned(),
        object: OrderedObject {
            kind: "case".to_owned(),
            id: "C1".to_owned(),
        },
        basis: "个人信息保护法 第四十七条".to_owned(),
        reason: "保存期限已届满".to_owned(),
        ordered_by: "李法官".to_owned(),
        approved_by: "王院长".to_owned(),
        date: "2026-11-25".to_owned(),
    }
}

#[test]
fn an_order_says_everything_by_two_persons_and_does_not_name_what_it_erases() {
    type Change = fn(&mut Order);
    assert_eq!(order().check(), Ok(()));
    let cases: [(&str, Change); 9] = [
        ("order", |order| order.order = " ".to_owned()),
        ("basis", |order| order.basis = "a\nb".to_owned()),
        ("reason", |order| order.reason = "关于C1的申请".to_owned()),
        ("reason", |order| order.reason = "长".repeat(301)),
        ("approved_by", |order| {
            order.approved_by = " 李 法官".to_owned();
        }),
        ("date", |order| order.date = "2026-02-30".to_owned()),
        ("object.id", |order| order.object.id = String::new()),
        ("object.type", |order| order.object.kind = "pack".to_owned()),
        ("object.type", |order| {
            order.object.kind = "source".to_owned();
        }),
    ];
    for (field, change) in cases {
        let mut changed = order();
        change(&mut changed);
        assert_eq!(changed.check().map_err(|fault| fault.field), Err(field));
    }
}

#[test]
fn an_id_is_found_as_a_word_and_not_within_one() {
    for (text, id, is_named) in [
        ("case C1 ends", "C1", true),
        ("case C12 ends", "C1", false),
        ("AC1", "C1", false),
        ("案件C1已结", "C1", true),
        ("关于张三的", "张三", true),
        ("", "C1", false),
    ] {
        assert_eq!(names_id(text, id), is_named, "{id} in {text}");
    }
}

"""Words about a dataset: RAI fields, the card README.md, DATASHEET.vi.md and LICENSE.txt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from amr_fleet.dataset.about import About
from amr_fleet.dataset.schema import TABLES

Text = Callable[[About], str]


def keywords(about: About) -> list[str]:
    """Return what people may search for."""
    return ["logistics", "kho vận", "AMR", "robot", "port", "cảng", about.release.site, about.release.origin]


def _how_made(about: About) -> str:
    if about.release.origin == "sim":
        return (
            "Written by a simulator: the real fleet engine led kinematic robots; demand, people, breakdowns and camera "
            "pictures were drawn from seeds. Nothing of it happened."
        )
    return "Written by the fleet manager while it worked: every decision and fact is an entry of its journal."


RAI: Final[Mapping[str, Text]] = {
    "dataCollection": _how_made,
    "dataCollectionType": lambda a: "Simulation" if a.release.origin == "sim" else "Automatically generated records",
    "dataCollectionMissingData": lambda _: (
        "Empty cells: it did not happen before the period ended, was not recorded, or was suppressed "
        "(anonymisation.json says what and why). conditions is empty where nobody recorded any."
    ),
    "dataCollectionTimeframe": lambda a: f"{a.begin}/{a.end}" + (
        " (all dates moved by the same secret number of whole weeks)" if a.release.published.shift else ""
    ),
    "dataPreprocessingProtocol": lambda _: (
        "Fold of the journal; allow-list of fields and values; keyed pseudonyms; counts of people below 5 as '<5'; "
        "actions of people generalised to k >= 5 and l >= 2; tracks cut where a person handled a robot."
    ),
    "dataBiases": lambda a: (
        "One site and one fleet; its policy decides which robot does what. " + (
            "Simulated demand follows a made-up profile of the day and the week." if a.release.origin == "sim"
            else "Hours without orders are under-represented in tables of orders."
        )
    ),
    "dataUseCases": lambda _: (
        "Process discovery, demand forecast, energy and waiting analysis, teaching. Not for judging people: no person "
        "is in it."
    ),
    "dataLimitations": lambda _: (
        "Positions are what robots said of themselves, not surveyed. A crash of the fleet loses up to 300 s of "
        "robot_time. The fleet manager and the cameras are no safety function."
    ),
    "personalSensitiveInformation": lambda a: (
        "None by design: no names, accounts, notes, plates or traces of people. "
        f"ReleaseProfile {a.release.profile}; see anonymisation.json."
    ),
    "dataReleaseMaintenancePlan": lambda _: (
        "A release is never changed: a fault gets a new version, and one that is withdrawn stays listed as withdrawn."
    ),
}  # fmt: skip


def readme(about: About) -> str:
    """Return the card: the YAML that dataset portals read, then words for people."""
    size = sum(about.rows.values())
    sizes = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
    category = next((text for most, text in sizes if size < most), "1M<n<10M")
    configs = "".join(
        f"- config_name: {name}\n  data_files: data/{name}.parquet\n" for name in TABLES if about.rows.get(name)
    )
    rows = "".join(f"| `{t.name}` | {about.rows.get(t.name, 0)} | {t.vi} | {t.en} |\n" for t in TABLES.values())
    return f"""---
language:
- vi
- en
license: {about.licence.name.lower()}
pretty_name: "{about.title_vi}"
tags:
- logistics
- robotics
- {about.release.origin}
size_categories:
- {category}
configs:
{configs}---
# {about.title_vi}

{about.title_en}.

{_warning(about)}

| table | rows | nội dung | content |
|---|---|---|---|
{rows}
- Bảng: `data/*.parquet` và `data/*.csv` (bảng trên một triệu dòng chỉ có Parquet); giờ theo UTC+7; mỗi cột có nghĩa
  trong `dictionary.csv` (tiếng Việt và tiếng Anh). Tables as Parquet and CSV, local time UTC+7, every column in
  `dictionary.csv`.
- Nhật ký quy trình: `events/ocel2.sqlite`, `events/ocel2.json` (OCEL 2.0). Process log.
- Chuỗi cung ứng: `events/epcis.jsonld` (EPCIS 2.0). Supply chain events.
- Sơ đồ: `site/`; quỹ đạo robot cho Foxglove: `recordings/*.mcap`. Map and robots' tracks.
- Ẩn danh: `anonymisation.json` nói cái gì đã bỏ và vì sao. What was suppressed, and why.
- Kiểm tra: `sha256sum -c SHA256SUMS`. Check the files.

Licence: {about.licence.name}, {about.licence.url}. Citation: {about.publisher}: {about.title_en}.
"""


def _warning(about: About) -> str:
    if about.release.origin == "sim":
        return "**Dữ liệu mô phỏng**: không có lượt nào có thật. **Simulated**: none of it took place."
    return "Dữ liệu đo trong vận hành thật. Measured in real operation."


def licence_text(about: About) -> str:
    """Return LICENSE.txt."""
    return (
        f"{about.title_en}\n{about.publisher}\n\nLicence: {about.licence.title} ({about.licence.name})\n"
        f"{about.licence.url}\n"
    )


def datasheet(about: About) -> str:
    """Return DATASHEET.vi.md: the questions of "Datasheets for Datasets", answered."""
    sim = about.release.origin == "sim"
    shift = (
        "Toàn bộ ngày tháng được lùi cùng một số tuần bí mật; giờ trong ngày và thứ trong tuần giữ nguyên."
        if about.release.published.shift
        else "Ngày tháng là ngày tháng thật của hệ thống."
    )
    made = (
        "Do mô phỏng viết ra: bộ điều phối thật, robot động học; nhu cầu, con người, hỏng hóc và hình camera được "
        "bốc từ hạt giống. Không có việc nào xảy ra thật."
        if sim
        else "Do bộ điều phối đội robot ghi lại trong lúc vận hành; mỗi quyết định là một dòng nhật ký."
    )
    rows = "".join(f"- `{t.name}`: {about.rows.get(t.name, 0)} dòng. {t.vi}.\n" for t in TABLES.values())
    return f"""# Phiếu mô tả dữ liệu: {about.title_vi}

## Vì sao có bộ dữ liệu này
Để nghiên cứu logistics, khai phá quy trình, dự báo nhu cầu và giảng dạy; để cơ quan quản lý kiểm tra số liệu báo cáo.
Đơn vị công bố: {about.publisher}.

## Gồm những gì
Kỳ dữ liệu: {about.begin} đến {about.end} (UTC+7). Nguồn gốc: {"mô phỏng" if sim else "đo thật"}.
{rows}
Ô trống: việc đó chưa xảy ra, không được ghi, hoặc đã bị ẩn; `anonymisation.json` nói rõ.

## Thu thập thế nào
{made}
Vị trí robot do robot tự báo, không đo lại từ bên ngoài. Khi bộ điều phối ngừng đột ngột, `robot_time` có thể mất tới
300 giây.

## Xử lý và ẩn danh
- Chỉ những trường và giá trị nằm trong danh sách cho phép được xuất ra; loại nhật ký mới bị bỏ cho đến khi được duyệt.
- Không có tên người, tài khoản, địa chỉ máy, ghi chú, biển số, chữ tự do.
- Không có vết di chuyển của người; số người đếm theo khu vực và 15 phút, từ 1 đến 4 người ghi `<5`.
- Khách hàng, công-te-nơ, kiện hàng mang tên giả. {_key_vi(about)}
- Việc do người làm được tổng quát hoá cho k ≥ 5, l ≥ 2.
- {shift}

## Dùng vào việc gì, không dùng vào việc gì
Nên: khai phá quy trình, dự báo, phân tích chờ và năng lượng, giảng dạy. Không: đánh giá hay tìm lại con người.

## Giấy phép và bảo trì
{about.licence.name}: {about.licence.url}. Bản đã công bố không sửa; có lỗi thì ra bản mới, bản
rút lại vẫn được liệt kê.

## Hạn chế đã biết
Một kho, một đội robot. Bộ điều phối và camera không phải chức năng an toàn (ISO 3691-4).
"""


def _key_vi(about: About) -> str:
    if about.release.profile == "public":
        return "Khoá tạo tên giả đã huỷ, không ai lần ngược được."
    return "Khoá do đơn vị công bố giữ: cùng một kiện hàng có cùng tên giả trong các bản sau."

"""What each kind of discrepancy is called where people read of it, in English and Chinese."""

from parts.discrepancies.models import Discrepancy

Kind = Discrepancy.Kind

KIND_WORDS: dict[Kind, tuple[str, str]] = {
    Kind.SHORT: (Kind.SHORT.label, "使用数量超出账面"),
    Kind.UNKNOWN_PART: (Kind.UNKNOWN_PART.label, "目录中没有该配件"),
    Kind.SERIAL_CLASH: (Kind.SERIAL_CLASH.label, "账面上该序列号在别处"),
    Kind.SERIAL_MISSING: (Kind.SERIAL_MISSING.label, "没有读取序列号"),
    Kind.SHORT_RECEIPT: (Kind.SHORT_RECEIPT.label, "实收少于发出数量"),
    Kind.SURPLUS_RECEIPT: (Kind.SURPLUS_RECEIPT.label, "实收多于发出数量"),
    Kind.DAMAGED: (Kind.DAMAGED.label, "到货时已损坏"),
    Kind.RECEIPT_DIFFERS: (Kind.RECEIPT_DIFFERS.label, "同一调拨单的另一次签收数量更多"),
    Kind.COUNTED_LESS: (Kind.COUNTED_LESS.label, "盘点少于账面"),
    Kind.COUNTED_MORE: (Kind.COUNTED_MORE.label, "盘点多于账面"),
    Kind.CANCELLED_TRANSFER: (Kind.CANCELLED_TRANSFER.label, "调拨单已取消,货物却已到达"),
}

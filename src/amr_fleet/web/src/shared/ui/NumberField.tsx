import { NumberInput, type NumberInputProps } from "@mantine/core";
import { useState } from "react";

import { useTexts } from "../i18n/texts";

interface Props extends Omit<NumberInputProps, "value" | "onChange" | "onBlur" | "defaultValue"> {
  value: number;
  /** The number of an empty field. */
  otherwise: number;
  onChange: (value: number) => void;
  /** Show that number as an empty field. */
  mayBeEmpty?: boolean;
  /** Of thousands: 1.300 is more than a thousand in Vietnamese; else point and comma both stand before decimals. */
  large?: boolean;
}

/** A number as the language writes it. While it is typed it stays as typed: "12," is on its way to 12,5 and must not become 12. */
export function NumberField({ value, otherwise, onChange, mayBeEmpty = false, large = false, ...props }: Props) {
  const { decimal, grouped } = useTexts();
  const shown = mayBeEmpty && value === otherwise ? "" : value;
  const [typed, setTyped] = useState<string | number>(shown);
  const meant = (text: string | number): number => Number(text) || otherwise;
  return (
    <NumberInput
      {...(large ? grouped : { decimalSeparator: decimal })}
      {...props}
      value={meant(typed) === value ? typed : shown}
      onBlur={() => setTyped(shown)}
      onChange={(text) => {
        setTyped(text);
        onChange(meant(text));
      }}
    />
  );
}

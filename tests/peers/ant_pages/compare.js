// Reads what `ant_pages` wrote on stdin, gives the same frames to two packages that share no code with ours, and
// compares every value. Bike profiles and host commands go to incyclist-ant-plus, muscle oxygen, common pages and
// commands to a sensor to ant-plus (the former has no muscle oxygen).
//   node compare.js MODULES [< lines]
// MODULES is the node_modules folder that holds them. A difference must be one of the known ones below, each of which
// says exactly when it may be; one that is never seen is a failure too, so the list cannot outlive its reasons.
'use strict';

const path = require('node:path');
const readline = require('node:readline');
const { EventEmitter } = require('node:events');

const modules = process.argv[2];
if (!modules) {
    console.error('usage: compare.js MODULES');
    process.exit(2);
}
const bike = require(path.resolve(modules, 'incyclist-ant-plus'));
const muscle = require(path.resolve(modules, 'ant-plus'));

const CIRCUMFERENCE_M = 2.1;
const PAGE = 4;
const SATURATED = 65535;

// --- The peers -----------------------------------------------------------------------------------------------------

// The state of a fresh sensor of theirs after these frames.
function bikeState(Sensor, frames) {
    let state;
    const channel = { getChannelNo: () => 0, onDeviceData: (_profile, _id, it) => { state = it; } };
    const sensor = new Sensor(0, channel);
    if (sensor.setWheelCircumference) sensor.setWheelCircumference(CIRCUMFERENCE_M);
    for (const frame of frames) sensor.onMessage(frame);
    return state;
}

function muscleState(frame) {
    const stick = new EventEmitter();
    const scanner = new muscle.MuscleOxygenScanner(stick);
    scanner.channel = 0;
    stick.emit('read', frame);
    const states = Object.values(scanner.states);
    return states.length === 1 ? states[0] : {};
}

// Their command to a sensor, written at a moment and in a zone of our choice.
function commandToSensor(name, unixS, offsetMin) {
    const RealDate = Date;
    let written;
    class OurDate extends RealDate {
        constructor() { super(unixS * 1000); }
        getTimezoneOffset() { return -offsetMin; }
    }
    const sensor = new muscle.MuscleOxygenSensor(new EventEmitter());
    sensor.channel = 0;
    sensor.send = (frame) => { written = frame; };
    globalThis.Date = OurDate;
    try {
        sensor[name]();
    } finally {
        globalThis.Date = RealDate;
    }
    return written.toString('hex');
}

// --- What is compared ----------------------------------------------------------------------------------------------

const WORDS = { AmbientLightTooHigh: 'ambient_light', Invalid: 'invalid' };
const worded = (value) => (typeof value === 'string' ? WORDS[value] : value);
const orNull = (value) => (value === undefined ? null : value);
// Rates: ours are whole numbers and stop at 65535.
const near = (ours, theirs) =>
    ours === theirs
    || (typeof ours === 'number' && Number.isFinite(theirs)
        && Math.abs(ours - Math.min(theirs, SATURATED)) <= 0.5 + Math.abs(theirs) * 1e-6);

// For each kind: [field, ours, theirs, compare?] of a line.
const fields = {
    muscle_oxygen({ ours }, [frame]) {
        const it = muscleState(frame);
        const seconds = it.MeasurementInterval;
        return [
            ...heard(it),
            ['count', ours.count, orNull(it._EventCount)],
            ['utc_wanted', ours.utc_wanted, it.UTCTimeRequired],
            ['ant_fs', ours.ant_fs, it.SupportANTFS],
            ['interval_ms', ours.interval_ms, seconds === undefined ? null : seconds * 1000],
            ['smo2', ours.smo2, worded(it.CurrentSaturatedHemoglobinPercentage)],
            ['previous', ours.previous, worded(it.PreviousSaturatedHemoglobinPercentage)],
            // Theirs says why there is no tHb; ours only that there is none.
            ['thb', ours.thb, typeof it.TotalHemoglobinConcentration === 'string' ? null : it.TotalHemoglobinConcentration],
        ];
    },
    common({ ours }, [frame]) {
        const it = muscleState(frame);
        switch (frame[PAGE]) {
            case 0x50:
                return [
                    ['hardware', ours.hardware, it.HwVersion],
                    ['manufacturer', ours.manufacturer, it.ManId],
                    ['model', ours.model, it.ModelNum],
                ];
            case 0x51: {
                const one = ours.software + (ours.supplement === null ? 0 : ours.supplement / 1000);
                return [['version', one, it.SwVersion], ['serial', ours.serial, orNull(it.SerialNumber)]];
            }
            default:
                return [
                    ['operating_s', ours.operating_s, it.OperatingTime],
                    ['status', ours.status.startsWith('Unknown') ? 'Invalid' : ours.status, it.BatteryStatus],
                    ['voltage', ours.voltage_256ths === null ? null : ours.voltage_256ths / 256, orNull(it.BatteryVoltage)],
                ];
        }
    },
    power({ ours }, frames) {
        const it = bikeState(bike.BicyclePowerSensor, frames);
        return [
            ...heard(it),
            ['count', ours.count, it._0x10_EventCount],
            ['percent', ours.percent, orNull(it.PedalPower)],
            ['right', ours.right, it.PedalPower === undefined ? null : it.RightPedalPower !== undefined],
            ['cadence', ours.cadence, orNull(it.Cadence)],
            ['accumulated_w', ours.accumulated_w, it.AccumulatedPower],
            ['power_w', ours.power_w, it.Power],
        ];
    },
    crank_torque({ ours }, frames) {
        const it = bikeState(bike.BicyclePowerSensor, frames);
        return [
            ['count', ours.count, it._0x12_EventCount],
            ['ticks', ours.ticks, it.CrankTicks],
            ['cadence', ours.cadence, orNull(it.Cadence)],
            ['period', ours.period, it.AccumulatedCrankPeriod],
            ['torque', ours.torque, it.AccumulatedTorque],
            ['power_w', ours.power_w, it.CalculatedPower, near],
        ];
    },
    heart_rate({ ours }, frames) {
        const it = bikeState(bike.HeartRateSensor, frames);
        return [
            ...heard(it),
            ['time', ours && ours.time, it.BeatTime],
            ['count', ours && ours.count, it.BeatCount],
            ['bpm', ours && ours.bpm, it.ComputedHeartRate === 0 && ours ? null : it.ComputedHeartRate],
        ];
    },
    cadence({ ours }, frames) {
        const it = bikeState(bike.CadenceSensor, frames);
        return [
            ...heard(it),
            ['time', ours && ours.turns.time, it.CadenceEventTime],
            ['count', ours && ours.turns.count, it.CumulativeCadenceRevolutionCount],
            ['rate', ours && ours.rate, it.CalculatedCadence, near],
        ];
    },
    speed({ ours }, frames) {
        const it = bikeState(bike.SpeedSensor, frames);
        return [
            ...heard(it),
            ['time', ours && ours.turns.time, it.SpeedEventTime],
            ['count', ours && ours.turns.count, it.CumulativeSpeedRevolutionCount],
            ['rate', ours && ours.rate, it.CalculatedSpeed === undefined ? it.CalculatedSpeed : it.CalculatedSpeed * 100, near],
        ];
    },
    speed_cadence({ ours }, frames) {
        const it = bikeState(bike.SpeedCadenceSensor, frames);
        return [
            ...heard(it),
            ['crank.time', ours.crank.time, it.CadenceEventTime],
            ['crank.count', ours.crank.count, it.CumulativeCadenceRevolutionCount],
            ['wheel.time', ours.wheel.time, it.SpeedEventTime],
            ['wheel.count', ours.wheel.count, it.CumulativeSpeedRevolutionCount],
            ['rpm', ours.rpm, it.CalculatedCadence, near],
            ['cm_per_s', ours.cm_per_s, it.CalculatedSpeed === undefined ? it.CalculatedSpeed : it.CalculatedSpeed * 100, near],
        ];
    },
    command({ ours, name, arguments: given }) {
        return [['frame', ours, bike.Messages[name](...given).toString('hex')]];
    },
    to_sensor({ ours, name, unix_s, offset_min }) {
        return [['frame', ours, commandToSensor(name, unix_s, offset_min)]];
    },
};

let line;
function heard(it) {
    return [
        ['number', line.number, it.DeviceID],
        ['rssi', line.rssi, it.Rssi],
        ['threshold', line.threshold, it.Threshold],
    ];
}

// --- Where they differ, and may -------------------------------------------------------------------------------------

const isCommon = (frame) => (frame[PAGE] & 0x7F) >= 0x40 && (frame[PAGE] & 0x7F) <= 0x5D;
const MEASURED = ['percent', 'right', 'cadence', 'accumulated_w', 'power_w', 'time', 'count', 'bpm', 'rate'];
const TURNS = { cadence: 4, speed: 4 };
// The two times, and the two counts, that a rate of this field comes from.
const at = (kind, field) => (kind === 'speed_cadence' ? (field === 'rpm' ? 0 : 4) : TURNS[kind]);
const isRate = (kind, field) => (kind === 'speed_cadence' ? field === 'rpm' || field === 'cm_per_s' : field === 'rate' && kind in TURNS);
const times = (kind, field, frames) => frames.map((frame) => frame.readUInt16LE(PAGE + at(kind, field)));
const counts = (kind, field, frames) => frames.map((frame) => frame.readUInt16LE(PAGE + at(kind, field) + 2));
// Whether a page 5 said that nothing moves.
const stopped = (frames) => frames.some((frame) => (frame[PAGE] & 0x7F) === 5 && (frame[PAGE + 1] & 1) === 0);
// Whether their sum, which takes a remainder by 255 after each byte, goes wrong: a partial sum was 255.
const sumGoesWrong = (hex) => {
    let sum = 0;
    return [...Buffer.from(hex, 'hex').subarray(0, -1)].some((byte) => (sum ^= byte) === 0xFF);
};

const known = [
    ['reads no percentage as too high', 'ours calls SmO2 above 100.0 % implausible',
        ({ kind, field, ours, theirs }) => kind === 'muscle_oxygen' && (field === 'smo2' || field === 'previous')
            && ours === 'implausible' && theirs > 1000 && theirs < 0x3FE],
    ['reads no tHb as too high', 'ours has none above 40.00 g/dL',
        ({ kind, field, ours, theirs }) => kind === 'muscle_oxygen' && field === 'thb' && ours === null
            && theirs > 4000 && theirs < 0xFFE],
    ['gives tHb without SmO2', 'ours gives no reading without SmO2',
        ({ kind, field, ours, theirs, line }) => kind === 'muscle_oxygen' && field === 'thb' && ours === null
            && typeof line.ours.smo2 === 'string' && theirs <= 4000],
    ['takes a first event count of 0 for a repeat', 'a sensor of theirs begins with the count 0',
        ({ kind, field, frames }) => (kind === 'muscle_oxygen' && field === 'count' || kind === 'power' && MEASURED.includes(field))
            && frames[0][PAGE + 1] === 0],
    ['reads a serial number as signed', 'a 32-bit number with its top bit set',
        ({ kind, field, ours, theirs }) => kind === 'common' && field === 'serial' && theirs < 0
            && (ours === null ? theirs === -1 : theirs + 2 ** 32 === ours)],
    ['reads a battery voltage from four bytes', 'of which the last three belong to what follows',
        ({ kind, field, ours, theirs, frames: [frame] }) => kind === 'common' && field === 'voltage'
            && theirs === (frame[PAGE + 7] & 0x0F) + frame.readInt32LE(PAGE + 6) / 256],
    ['has no voltage without a status', 'ours has both by themselves',
        ({ kind, field, theirs, frames: [frame] }) => kind === 'common' && field === 'voltage' && theirs === null
            && ![1, 2, 3, 4, 5].includes((frame[PAGE + 7] >> 4) & 7)],
    ['does not know a battery that is being charged', 'status 6',
        ({ kind, field, ours, theirs }) => kind === 'common' && field === 'status' && ours === 'Charging' && theirs === 'Invalid'],
    ['reads common pages as the profile\'s own', 'pages 0x40 to 0x5D hold no beats or turns',
        ({ kind, field, frames, ours }) => (kind === 'heart_rate' || kind in TURNS) && ours === null
            && MEASURED.includes(field) && (isCommon(frames[frames.length - 1]) || field === 'rate' && isCommon(frames[0]))],
    ['holds the counters still while a page 5 says so', 'ours goes by the counters, which stand still by themselves',
        ({ kind, field, frames }) => kind in TURNS && MEASURED.includes(field) && stopped(frames)],
    ['lets a count of turns roll over', 'the difference of two counts comes out negative',
        ({ kind, field, frames, theirs }) => isRate(kind, field) && theirs < 0
            && counts(kind, field, frames)[1] < counts(kind, field, frames)[0]],
    ['divides by no time', 'an unchanged time is no rate',
        ({ kind, field, frames, ours, theirs }) => isRate(kind, field) && ours === null && !Number.isFinite(theirs)
            && times(kind, field, frames)[0] === times(kind, field, frames)[1]],
    ['divides by no period', 'an unchanged period is no power',
        ({ kind, field, frames, ours, theirs }) => kind === 'crank_torque' && field === 'power_w' && ours === null
            && !Number.isFinite(theirs) && frames[0].readUInt16LE(PAGE + 4) === frames[1].readUInt16LE(PAGE + 4)],
    ['divides by no events', 'power needs torque and period only, and they moved',
        ({ kind, field, frames, theirs }) => kind === 'crank_torque' && field === 'power_w' && !Number.isFinite(theirs)
            && frames[0][PAGE + 1] === frames[1][PAGE + 1]],
    ['sums a frame wrongly', 'its sum takes a remainder by 255, which makes 0 of 255',
        ({ kind, ours, theirs }) => (kind === 'command' || kind === 'to_sensor')
            && ours.slice(0, -2) === theirs.slice(0, -2) && sumGoesWrong(ours)],
    ['cuts a period of three hexadecimal digits', 'an odd digit is dropped',
        ({ kind, line }) => kind === 'command' && line.name === 'setPeriod' && line.arguments[1] < 0x1000],
];

// --- The comparison ------------------------------------------------------------------------------------------------

const seen = known.map(() => 0);
const lines = {};
let values = 0;
let differences = 0;

function compare() {
    const frames = (line.frames || []).map((hex) => Buffer.from(hex, 'hex'));
    lines[line.kind] = (lines[line.kind] || 0) + 1;
    for (const [field, ours, theirs, same] of fields[line.kind](line, frames)) {
        values += 1;
        if (same ? same(ours, theirs) : ours === theirs) continue;
        const difference = { kind: line.kind, field, ours, theirs, frames, line };
        const which = known.findIndex(([, , may]) => may(difference));
        if (which >= 0) {
            seen[which] += 1;
        } else {
            differences += 1;
            if (differences <= 20) console.log(`${line.kind}.${field}: ours ${ours}, theirs ${theirs}, of ${JSON.stringify(line)}`);
        }
    }
}

readline.createInterface({ input: process.stdin })
    .on('line', (text) => {
        line = JSON.parse(text);
        compare();
    })
    .on('close', () => {
        console.log(Object.entries(lines).map(([kind, count]) => `${kind} ${count}`).join(', '));
        known.forEach(([what, why], i) => console.log(`  theirs ${what} (${why}): ${seen[i]}`));
        const excused = seen.reduce((sum, n) => sum + n, 0);
        console.log(`${values} values compared: ${values - excused - differences} equal, ${excused} differ as known, ${differences} differ`);
        const kinds = Object.keys(fields).filter((kind) => !lines[kind]);
        const stale = known.filter((_, i) => seen[i] === 0).map(([what]) => what);
        if (kinds.length) console.log(`FAILED: no lines of ${kinds.join(', ')}`);
        if (stale.length) console.log(`FAILED: known and not seen: ${stale.join('; ')}`);
        process.exitCode = differences || kinds.length || stale.length ? 1 : 0;
    });
